// Every connection that starts at the named neurons, in no order.
// :param root_ids: list[int] -- presynaptic neurons
// :param min_synapses: int = 1 -- smallest connection kept, inclusive
// :param min_input_share: float = 0.0 -- smallest share of the postsynaptic neuron's input, inclusive
// :returns pre_root_id: int, post_root_id: int, weight_signed: int, syn_count: int
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE pre.root_id IN $root_ids AND c.syn_count >= $min_synapses
  AND ($min_input_share = 0.0 OR c.syn_count * 1.0 / post.input_synapses >= $min_input_share)
RETURN pre.root_id AS pre_root_id, post.root_id AS post_root_id, c.weight_signed AS weight_signed, c.syn_count AS syn_count
