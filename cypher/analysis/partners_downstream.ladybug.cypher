// Downstream partners of the given neurons, strongest connection first.
// :param root_ids: list[int] -- presynaptic neurons
// :param min_synapses: int = 1 -- smallest connection kept, inclusive
// :param min_input_share: float = 0.0 -- smallest share of the postsynaptic neuron's input, inclusive
// :param limit: int = 9223372036854775807 -- rows returned at most
// :returns pre_root_id: int, post_root_id: int, post_cell_type: str?, post_super_class: str?, post_side: str?
// :returns pre_nt_type: str?, syn_count: int, weight_signed: int, input_share: float
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE pre.root_id IN $root_ids AND c.syn_count >= $min_synapses
  AND ($min_input_share = 0.0 OR c.syn_count * 1.0 / post.input_synapses >= $min_input_share)
// Left to itself the engine begins at every neuron, not at those that are given.
HINT (pre JOIN c) JOIN post
RETURN pre.root_id AS pre_root_id, post.root_id AS post_root_id, post.cell_type AS post_cell_type,
  post.super_class AS post_super_class, post.side AS post_side, pre.nt_type AS pre_nt_type,
  c.syn_count AS syn_count, c.weight_signed AS weight_signed, c.syn_count * 1.0 / post.input_synapses AS input_share
ORDER BY syn_count DESC, pre_root_id, post_root_id LIMIT $limit
