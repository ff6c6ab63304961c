// A merged connection has the synapses of its rows, and each pair with rows has one. Else: repeat graphkit merge.
// On a whole brain it takes some seconds.
// :param neuropils: list[str] = [] -- the neuropils whose rows were merged; all when empty
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs merge
MATCH (pre:Neuron)-[s:SYNAPSES]->(post:Neuron)
WHERE size($neuropils) = 0 OR s.neuropil IN $neuropils
WITH pre, post, sum(s.syn_count) AS synapses, count(*) AS merged
OPTIONAL MATCH (pre)-[c:CONNECTS]->(post)
WITH pre, post, synapses, merged, c
WHERE c.syn_count IS NULL OR c.syn_count <> synapses OR c.n_rows <> merged
RETURN pre.root_id AS root_id, post.root_id AS other_root_id, c.syn_count * 1.0 AS found, synapses * 1.0 AS expected
ORDER BY root_id, other_root_id
LIMIT $limit
