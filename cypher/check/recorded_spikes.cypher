// The records of a run hold its spikes. Else: write it back again from its results.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs load
MATCH (r:Run)
OPTIONAL MATCH (r)-[x:RECORDED]->(:Neuron)
WITH r.run_id AS run, r.spikes AS told, coalesce(sum(x.spike_count), 0) AS recorded
WHERE told <> recorded
RETURN null AS root_id, null AS other_root_id, recorded * 1.0 AS found, told * 1.0 AS expected
ORDER BY found, expected
LIMIT $limit
