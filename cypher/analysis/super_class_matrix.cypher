// Connections between super classes: a row for each pair of super classes that is connected, strongest first.
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns pre_super_class: str?, post_super_class: str?, connections: int, synapses: int, weight_signed: int
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE c.syn_count >= $min_synapses
RETURN pre.super_class AS pre_super_class, post.super_class AS post_super_class, count(*) AS connections,
  sum(c.syn_count) AS synapses, sum(c.weight_signed) AS weight_signed
ORDER BY synapses DESC, coalesce(pre_super_class, '') + '|' + coalesce(post_super_class, '')
