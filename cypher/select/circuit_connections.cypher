// Connections among the neurons of select/circuit_neurons, in no order.
// :param max_downstream: int = -1 -- largest downstream level, inclusive; negative: every neuron
// :param min_synapses: int = 1 -- smallest connection kept, inclusive
// :param min_input_share: float = 0.0 -- smallest share of the postsynaptic neuron's input, inclusive
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to read
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to read
// :returns pre_root_id: int, post_root_id: int, weight_signed: int, syn_count: int
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE pre.root_id >= $first_id AND pre.root_id <= $last_id
  AND ($max_downstream < 0 OR pre.downstream <= $max_downstream OR pre.functional_nucleus = true)
  AND ($max_downstream < 0 OR post.downstream <= $max_downstream OR post.functional_nucleus = true)
  AND c.syn_count >= $min_synapses
  AND ($min_input_share = 0.0 OR c.syn_count * 1.0 / post.input_synapses >= $min_input_share)
RETURN pre.root_id AS pre_root_id, post.root_id AS post_root_id, c.weight_signed AS weight_signed, c.syn_count AS syn_count
