// All connections, in no order.
// :returns pre_root_id: int, post_root_id: int, weight_signed: int, syn_count: int
// :needs merge
// :no_nulls_if check/numbers_of_connections
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
RETURN pre.root_id AS pre_root_id, post.root_id AS post_root_id, c.weight_signed AS weight_signed, c.syn_count AS syn_count
