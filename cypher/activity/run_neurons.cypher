// What one run recorded of each neuron, the most active first; the spike times are there where they were kept.
// :param run_id: str -- the run
// :param limit: int = 9223372036854775807 -- rows returned at most
// :returns root_id: int, cell_type: str?, spike_count: int, rate_hz: float, rate_sd_hz: float, first_spike_ms: float?
// :returns spike_times_ms: list[float]?, spike_trials: list[int]?
// :needs write_back
MATCH (r:Run)-[x:RECORDED]->(n:Neuron)
WHERE r.run_id = $run_id
RETURN n.root_id AS root_id, n.cell_type AS cell_type, x.spike_count AS spike_count, x.rate_hz AS rate_hz,
  x.rate_sd_hz AS rate_sd_hz, x.first_spike_ms AS first_spike_ms, x.spike_times_ms AS spike_times_ms,
  x.spike_trials AS spike_trials
ORDER BY rate_hz DESC, root_id LIMIT $limit
