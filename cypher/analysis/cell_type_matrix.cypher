// Connections between cell types: a row for each pair of cell types that is connected, strongest first.
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns pre_cell_type: str?, post_cell_type: str?, connections: int, synapses: int, weight_signed: int
// :needs merge
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE c.syn_count >= $min_synapses
RETURN pre.cell_type AS pre_cell_type, post.cell_type AS post_cell_type, count(*) AS connections,
  sum(c.syn_count) AS synapses, sum(c.weight_signed) AS weight_signed
ORDER BY synapses DESC, coalesce(pre_cell_type, '') + '|' + coalesce(post_cell_type, '')
