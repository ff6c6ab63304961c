// What is marked upstream is one connection from the level before. Else: repeat graphkit mark.
// :param min_synapses: int -- smallest connection that was followed, inclusive
// :param min_input_share: float -- smallest share of input that was followed, inclusive
// :param sign: int -- 1: only excitatory, -1: only inhibitory connections were followed, 0: all
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs mark
MATCH (pre:Neuron)
WHERE pre.upstream > 0 AND NOT EXISTS {
  MATCH (pre)-[c:CONNECTS]->(post:Neuron)
  WHERE post.upstream = pre.upstream - 1 AND c.syn_count >= $min_synapses
    AND ($min_input_share = 0.0 OR c.syn_count * 1.0 / post.input_synapses >= $min_input_share)
    AND ($sign = 0 OR c.weight_signed * $sign > 0)
}
RETURN pre.root_id AS root_id, null AS other_root_id, pre.upstream * 1.0 AS found, null AS expected
ORDER BY root_id
LIMIT $limit
