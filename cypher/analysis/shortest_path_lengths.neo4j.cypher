// How many connections the shortest path has from each of some neurons to each of others; pairs without a path of at
// most 8 connections are left out, and so is the path from a neuron to itself. On a whole
// brain it takes seconds for each neuron where paths begin.
// :param pre_root_ids: list[int] -- where the paths begin
// :param post_root_ids: list[int] -- where they end
// :param min_synapses: int = 1 -- smallest connection followed, inclusive
// :returns pre_root_id: int, post_root_id: int, length: int
// :needs merge
MATCH (pre:Neuron), (post:Neuron)
WHERE pre.root_id IN $pre_root_ids AND post.root_id IN $post_root_ids AND pre <> post
MATCH path = shortestPath((pre)-[:CONNECTS*..8]->(post))
WHERE all(c IN relationships(path) WHERE c.syn_count >= $min_synapses)
RETURN pre.root_id AS pre_root_id, post.root_id AS post_root_id, length(path) AS length
ORDER BY pre_root_id, post_root_id
