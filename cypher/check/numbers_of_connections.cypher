// A connection has its synapses and its signed weight. Else: repeat graphkit merge.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE c.syn_count IS NULL OR c.weight_signed IS NULL
RETURN pre.root_id AS root_id, post.root_id AS other_root_id, c.weight_signed * 1.0 AS found, c.syn_count * 1.0 AS expected
ORDER BY root_id, other_root_id
LIMIT $limit
