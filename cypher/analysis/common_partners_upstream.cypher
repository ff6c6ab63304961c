// Neurons that send to several of the given neurons, those with most of them first.
// :param root_ids: list[int] -- postsynaptic neurons
// :param min_neurons: int = 2 -- of how many given neurons a partner has to be one, inclusive
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns root_id: int, cell_type: str?, super_class: str?, nt_type: str?, neurons: int, synapses: int
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE post.root_id IN $root_ids AND c.syn_count >= $min_synapses
WITH pre AS partner, count(*) AS neurons, sum(c.syn_count) AS synapses
WHERE neurons >= $min_neurons
RETURN partner.root_id AS root_id, partner.cell_type AS cell_type, partner.super_class AS super_class,
  partner.nt_type AS nt_type, neurons AS neurons, synapses AS synapses
ORDER BY neurons DESC, synapses DESC, root_id
