// Paths of three connections from some neurons to others, by the two neurons between them, the strongest weakest link
// first. No path visits a neuron twice.
// :param pre_root_ids: list[int] -- where the paths begin
// :param post_root_ids: list[int] -- where they end
// :param min_synapses: int = 1 -- smallest connection followed, inclusive
// :param limit: int = 9223372036854775807 -- rows returned at most
// :returns pre_root_id: int, first_via_root_id: int, first_via_cell_type: str?, second_via_root_id: int
// :returns second_via_cell_type: str?, post_root_id: int, first_syn_count: int, second_syn_count: int
// :returns third_syn_count: int, weakest_syn_count: int
// :needs merge
MATCH (pre:Neuron)-[first:CONNECTS]->(a:Neuron)-[second:CONNECTS]->(b:Neuron)-[third:CONNECTS]->(post:Neuron)
WHERE pre.root_id IN $pre_root_ids AND post.root_id IN $post_root_ids
  AND first.syn_count >= $min_synapses AND second.syn_count >= $min_synapses AND third.syn_count >= $min_synapses
  AND pre.root_id <> a.root_id AND pre.root_id <> b.root_id AND pre.root_id <> post.root_id
  AND a.root_id <> b.root_id AND a.root_id <> post.root_id AND b.root_id <> post.root_id
RETURN pre.root_id AS pre_root_id, a.root_id AS first_via_root_id, a.cell_type AS first_via_cell_type,
  b.root_id AS second_via_root_id, b.cell_type AS second_via_cell_type, post.root_id AS post_root_id,
  first.syn_count AS first_syn_count, second.syn_count AS second_syn_count, third.syn_count AS third_syn_count,
  CASE
    WHEN first.syn_count <= second.syn_count AND first.syn_count <= third.syn_count THEN first.syn_count
    WHEN second.syn_count <= third.syn_count THEN second.syn_count
    ELSE third.syn_count
  END AS weakest_syn_count
ORDER BY weakest_syn_count DESC, pre_root_id, first_via_root_id, second_via_root_id, post_root_id LIMIT $limit
