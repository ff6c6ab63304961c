// An ordered pair of neurons has one merged connection. Else: repeat graphkit merge.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WITH pre.root_id AS pre_id, post.root_id AS post_id, count(*) AS connections
WHERE connections > 1
RETURN pre_id AS root_id, post_id AS other_root_id, connections * 1.0 AS found, 1.0 AS expected
ORDER BY root_id, other_root_id
LIMIT $limit
