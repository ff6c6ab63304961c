// What the input of the given neurons is made of: their input synapses by the presynaptic neurons' transmitter.
// :param root_ids: list[int] -- postsynaptic neurons
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns root_id: int, nt_type: str?, connections: int, synapses: int, weight_signed: int, input_share: float
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(n:Neuron)
WHERE n.root_id IN $root_ids AND c.syn_count >= $min_synapses
WITH n, pre.nt_type AS nt_type, count(*) AS connections, sum(c.syn_count) AS synapses,
  sum(c.weight_signed) AS weight_signed
RETURN n.root_id AS root_id, nt_type AS nt_type, connections AS connections, synapses AS synapses,
  weight_signed AS weight_signed, synapses * 1.0 / n.input_synapses AS input_share
ORDER BY root_id, synapses DESC, coalesce(nt_type, '')
