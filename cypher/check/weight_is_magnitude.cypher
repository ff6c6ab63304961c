// weight is the magnitude of weight_signed and at most syn_count. Else: repeat graphkit merge.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE c.weight IS NULL OR c.weight_signed IS NULL OR c.weight <> abs(c.weight_signed) OR c.weight > c.syn_count
RETURN pre.root_id AS root_id, post.root_id AS other_root_id, c.weight * 1.0 AS found,
  abs(c.weight_signed) * 1.0 AS expected
ORDER BY root_id, other_root_id
LIMIT $limit
