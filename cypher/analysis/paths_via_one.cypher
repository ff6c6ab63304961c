// Paths of two connections from some neurons to others, by the neuron between them, the strongest weakest link first.
// No path visits a neuron twice.
// :param pre_root_ids: list[int] -- where the paths begin
// :param post_root_ids: list[int] -- where they end
// :param min_synapses: int = 1 -- smallest connection followed, inclusive
// :param limit: int = 9223372036854775807 -- rows returned at most
// :returns pre_root_id: int, via_root_id: int, via_cell_type: str?, via_nt_type: str?, post_root_id: int
// :returns first_syn_count: int, second_syn_count: int, weakest_syn_count: int
// :needs merge
MATCH (pre:Neuron)-[first:CONNECTS]->(via:Neuron)-[second:CONNECTS]->(post:Neuron)
WHERE pre.root_id IN $pre_root_ids AND post.root_id IN $post_root_ids
  AND first.syn_count >= $min_synapses AND second.syn_count >= $min_synapses
  AND pre.root_id <> via.root_id AND via.root_id <> post.root_id AND pre.root_id <> post.root_id
RETURN pre.root_id AS pre_root_id, via.root_id AS via_root_id, via.cell_type AS via_cell_type,
  via.nt_type AS via_nt_type, post.root_id AS post_root_id, first.syn_count AS first_syn_count,
  second.syn_count AS second_syn_count,
  CASE WHEN first.syn_count < second.syn_count THEN first.syn_count ELSE second.syn_count END AS weakest_syn_count
ORDER BY weakest_syn_count DESC, pre_root_id, via_root_id, post_root_id LIMIT $limit
