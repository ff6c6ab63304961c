// What one connection leads upstream to is marked, at most one level further. Else: repeat graphkit mark.
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
  AND ($sign = 0 OR c.weight_signed * $sign > 0) AND post.upstream < $depth
  AND (pre.upstream IS NULL OR pre.upstream > post.upstream + 1)
WITH DISTINCT post, pre
RETURN pre.root_id AS root_id, post.root_id AS other_root_id, pre.upstream * 1.0 AS found,
  (post.upstream + 1) * 1.0 AS expected
ORDER BY root_id, other_root_id
LIMIT $limit
