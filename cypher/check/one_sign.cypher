// All connections of a neuron have its sign, unless rows were signed one by one. Else: repeat graphkit merge.
// :param signed_by: str = neuron -- how the connections were signed: neuron or row
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE $signed_by = 'neuron' AND c.weight_signed <> c.syn_count * coalesce(pre.sign, 0)
RETURN pre.root_id AS root_id, post.root_id AS other_root_id, c.weight_signed * 1.0 AS found,
  c.syn_count * coalesce(pre.sign, 0) * 1.0 AS expected
ORDER BY root_id, other_root_id
LIMIT $limit
