// Neurons that are connected to themselves, strongest first.
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns root_id: int, cell_type: str?, nt_type: str?, syn_count: int, weight_signed: int, input_share: float
// :needs merge
MATCH (n:Neuron)-[c:CONNECTS]->(same:Neuron)
WHERE n.root_id = same.root_id AND c.syn_count >= $min_synapses
RETURN n.root_id AS root_id, n.cell_type AS cell_type, n.nt_type AS nt_type, c.syn_count AS syn_count,
  c.weight_signed AS weight_signed, c.syn_count * 1.0 / n.input_synapses AS input_share
ORDER BY syn_count DESC, root_id
