// Neurons active in the latest run that receive GABA from a downstream-1 neuron, or another transmitter from another
// level.
// :param nt_type: str = 'GABA' -- transmitter of the presynaptic neurons
// :param downstream: int = 1 -- downstream level of the presynaptic neurons
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :param min_pre_rate_hz: float = 0.0 -- smallest rate of the presynaptic neurons, inclusive
// :returns root_id: int, cell_type: str?, downstream: int?, rate_hz: float, pre_neurons: int, synapses: int
// :returns input_share: float
// :needs mark, write_back
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE post.spike_count > 0 AND pre.nt_type = $nt_type AND pre.downstream = $downstream
  AND pre.rate_hz >= $min_pre_rate_hz AND c.syn_count >= $min_synapses
WITH post, count(*) AS pre_neurons, sum(c.syn_count) AS synapses
RETURN post.root_id AS root_id, post.cell_type AS cell_type, post.downstream AS downstream, post.rate_hz AS rate_hz,
  pre_neurons AS pre_neurons, synapses AS synapses, synapses * 1.0 / post.input_synapses AS input_share
ORDER BY rate_hz DESC, root_id
