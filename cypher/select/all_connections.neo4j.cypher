// All connections, in no order.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to read
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to read
// :returns pre_root_id: int, post_root_id: int, weight_signed: int, syn_count: int
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE pre.root_id >= $first_id AND pre.root_id <= $last_id
RETURN pre.root_id AS pre_root_id, post.root_id AS post_root_id, c.weight_signed AS weight_signed, c.syn_count AS syn_count
