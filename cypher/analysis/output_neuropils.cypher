// In which neuropils the given neurons have their output synapses.
// :param root_ids: list[int] -- the neurons
// :returns root_id: int, neuropil: str?, partners: int, synapses: int, share: float
// :needs load
MATCH (pre:Neuron)-[s:SYNAPSES]->(post:Neuron)
WHERE pre.root_id IN $root_ids
WITH pre AS n, s.neuropil AS neuropil, sum(s.syn_count) AS synapses, count(DISTINCT post.root_id) AS partners
RETURN n.root_id AS root_id, neuropil AS neuropil, partners AS partners, synapses AS synapses,
  synapses * 1.0 / n.output_synapses AS share
ORDER BY root_id, synapses DESC, coalesce(neuropil, '')
