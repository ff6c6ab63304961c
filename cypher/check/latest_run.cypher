// A neuron's latest activity is what its run recorded. Else: write the latest run back again from its results.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs load
MATCH (n:Neuron)
WHERE n.run_id IS NOT NULL
OPTIONAL MATCH (r:Run)-[x:RECORDED]->(n)
WHERE r.run_id = n.run_id
WITH n.root_id AS id, n.spike_count AS spikes, n.rate_hz AS rate, x.spike_count AS recorded, x.rate_hz AS recorded_rate
WHERE recorded IS NULL OR spikes <> recorded OR rate <> recorded_rate
RETURN id AS root_id, null AS other_root_id, spikes * 1.0 AS found, recorded * 1.0 AS expected
ORDER BY root_id
LIMIT $limit
