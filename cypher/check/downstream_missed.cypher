// What one connection leads downstream to is marked, at most one level further. Else: repeat graphkit mark.
// :param depth: int -- the depth that was marked
// :param min_synapses: int -- smallest connection that was followed, inclusive
// :param min_input_share: float -- smallest share of input that was followed, inclusive
// :param sign: int -- 1: only excitatory, -1: only inhibitory connections were followed, 0: all
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs mark
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE c.syn_count >= $min_synapses
  AND ($min_input_share = 0.0 OR c.syn_count * 1.0 / post.input_synapses >= $min_input_share)
  AND ($sign = 0 OR c.weight_signed * $sign > 0) AND pre.downstream < $depth
  AND (post.downstream IS NULL OR post.downstream > pre.downstream + 1)
WITH DISTINCT pre, post
RETURN post.root_id AS root_id, pre.root_id AS other_root_id, post.downstream * 1.0 AS found,
  (pre.downstream + 1) * 1.0 AS expected
ORDER BY root_id, other_root_id
LIMIT $limit
