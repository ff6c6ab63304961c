// A merged connection comes from rows of the files. Else: repeat graphkit merge.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE NOT EXISTS { MATCH (pre)-[s:SYNAPSES]->(post) }
RETURN pre.root_id AS root_id, post.root_id AS other_root_id, c.n_rows * 1.0 AS found, 0.0 AS expected
ORDER BY root_id, other_root_id
LIMIT $limit
