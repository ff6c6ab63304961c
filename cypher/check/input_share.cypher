// input_share is syn_count over the input synapses of the postsynaptic neuron. Else: repeat graphkit merge.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE c.input_share IS NULL OR abs(c.input_share * post.input_synapses - c.syn_count) > 0.000001
RETURN pre.root_id AS root_id, post.root_id AS other_root_id, c.input_share AS found,
  CASE WHEN post.input_synapses > 0 THEN c.syn_count * 1.0 / post.input_synapses END AS expected
ORDER BY root_id, other_root_id
LIMIT $limit
