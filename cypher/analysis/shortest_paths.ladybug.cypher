// The connections that lie on any shortest path from one neuron to another, with the position on the path from 1.
// Paths longer than 8 connections are not looked for.
// :param pre_root_id: int -- where the paths begin
// :param post_root_id: int -- where they end, another neuron
// :param min_synapses: int = 1 -- smallest connection followed, inclusive
// :returns step: int, pre_root_id: int, pre_cell_type: str?, post_root_id: int, post_cell_type: str?, syn_count: int
// :returns weight_signed: int
// :needs merge
MATCH (first:Neuron)-[path:CONNECTS* ALL SHORTEST 1..8 (c, n | WHERE c.syn_count >= $min_synapses)]->(last:Neuron)
WHERE first.root_id = $pre_root_id AND last.root_id = $post_root_id AND first.root_id <> last.root_id
WITH list_concat(list_concat([first.root_id], properties(nodes(path), 'root_id')), [last.root_id]) AS ids,
  length(path) AS steps
UNWIND range(1, steps) AS step
WITH DISTINCT step, ids[step] AS from_id, ids[step + 1] AS to_id
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE pre.root_id = from_id AND post.root_id = to_id
RETURN step AS step, pre.root_id AS pre_root_id, pre.cell_type AS pre_cell_type, post.root_id AS post_root_id,
  post.cell_type AS post_cell_type, c.syn_count AS syn_count, c.weight_signed AS weight_signed
ORDER BY step, pre_root_id, post_root_id
