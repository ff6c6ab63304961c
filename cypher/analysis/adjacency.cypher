// The connections among the given neurons, or from them to others that are given.
// :param root_ids: list[int] -- presynaptic neurons
// :param post_root_ids: list[int] = [] -- postsynaptic neurons; the same neurons when empty
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns pre_root_id: int, post_root_id: int, syn_count: int, weight_signed: int, weight: int, n_rows: int
// :returns input_share: float
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE pre.root_id IN $root_ids AND c.syn_count >= $min_synapses
  AND (post.root_id IN $post_root_ids OR (size($post_root_ids) = 0 AND post.root_id IN $root_ids))
RETURN pre.root_id AS pre_root_id, post.root_id AS post_root_id, c.syn_count AS syn_count,
  c.weight_signed AS weight_signed, c.weight AS weight, c.n_rows AS n_rows,
  c.syn_count * 1.0 / post.input_synapses AS input_share
ORDER BY pre_root_id, post_root_id
