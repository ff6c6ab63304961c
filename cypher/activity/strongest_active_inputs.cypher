// What drove the given neurons in the latest run: connections from neurons that fired, by synapses times presynaptic
// rate, signed, in synaptic events per second.
// :param root_ids: list[int] -- postsynaptic neurons
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :param limit: int = 20 -- rows returned at most
// :returns post_root_id: int, pre_root_id: int, pre_cell_type: str?, pre_nt_type: str?, pre_rate_hz: float
// :returns syn_count: int, weight_signed: int, signed_events_hz: float
// :needs merge, write_back
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE post.root_id IN $root_ids AND pre.rate_hz > 0 AND c.syn_count >= $min_synapses
RETURN post.root_id AS post_root_id, pre.root_id AS pre_root_id, pre.cell_type AS pre_cell_type,
  pre.nt_type AS pre_nt_type, pre.rate_hz AS pre_rate_hz, c.syn_count AS syn_count, c.weight_signed AS weight_signed,
  c.weight_signed * pre.rate_hz AS signed_events_hz
ORDER BY abs(c.weight_signed * pre.rate_hz) DESC, post_root_id, pre_root_id LIMIT $limit
