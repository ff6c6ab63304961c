// Take the latest run off every neuron that has one; where no run is in the graph, none is looked at.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (r:Run)
WITH count(r) AS runs
WHERE runs > 0
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id AND n.run_id IS NOT NULL
SET n.run_id = null, n.spike_count = null, n.rate_hz = null, n.spike_times_ms = null
