// The connections that lie on any shortest path from one neuron to another, with the position on the path from 1.
// Paths longer than 8 connections are not looked for.
// :param pre_root_id: int -- where the paths begin
// :param post_root_id: int -- where they end, another neuron
// :param min_synapses: int = 1 -- smallest connection followed, inclusive
// :returns step: int, pre_root_id: int, pre_cell_type: str?, post_root_id: int, post_cell_type: str?, syn_count: int
// :returns weight_signed: int
// :needs merge
MATCH (first:Neuron {root_id: $pre_root_id}), (last:Neuron {root_id: $post_root_id})
WHERE first <> last
MATCH path = allShortestPaths((first)-[:CONNECTS*..8]->(last))
WHERE all(c IN relationships(path) WHERE c.syn_count >= $min_synapses)
UNWIND range(1, length(path)) AS step
WITH DISTINCT step, relationships(path)[step - 1] AS c
WITH step, c, startNode(c) AS pre, endNode(c) AS post
RETURN step AS step, pre.root_id AS pre_root_id, pre.cell_type AS pre_cell_type, post.root_id AS post_root_id,
  post.cell_type AS post_cell_type, c.syn_count AS syn_count, c.weight_signed AS weight_signed
ORDER BY step, pre_root_id, post_root_id
