// All connections by the server's own numbers of their neurons, which it knows without reading these, in no order.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to read
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to read
// :returns pre_node: int, post_node: int, weight_signed: int, syn_count: int
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post) // of neurons: looking whether they are takes a server a fifth of the time
WHERE pre.root_id >= $first_id AND pre.root_id <= $last_id
RETURN id(pre) AS pre_node, id(post) AS post_node, c.weight_signed AS weight_signed, c.syn_count AS syn_count
