// Pairs of neurons that are connected both ways, the strongest weaker side first. Each pair stands
// there once, the smaller root_id as a.
// :param min_synapses: int = 1 -- smallest connection counted, inclusive, in both directions
// :param limit: int = 9223372036854775807 -- rows returned at most
// :returns a_root_id: int, b_root_id: int, a_cell_type: str?, b_cell_type: str?, a_to_b_syn_count: int
// :returns b_to_a_syn_count: int, a_to_b_weight_signed: int, b_to_a_weight_signed: int, weaker_syn_count: int
// :needs merge
MATCH (a:Neuron)-[there:CONNECTS]->(b:Neuron)-[back:CONNECTS]->(a)
WHERE a.root_id < b.root_id AND there.syn_count >= $min_synapses AND back.syn_count >= $min_synapses
RETURN a.root_id AS a_root_id, b.root_id AS b_root_id, a.cell_type AS a_cell_type, b.cell_type AS b_cell_type,
  there.syn_count AS a_to_b_syn_count, back.syn_count AS b_to_a_syn_count,
  there.weight_signed AS a_to_b_weight_signed, back.weight_signed AS b_to_a_weight_signed,
  CASE WHEN there.syn_count < back.syn_count THEN there.syn_count ELSE back.syn_count END AS weaker_syn_count
ORDER BY weaker_syn_count DESC, a_root_id, b_root_id LIMIT $limit
