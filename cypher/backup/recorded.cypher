// All records of runs, with every property.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to read
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to read
// :returns run_id: str, root_id: int, spike_count: int?, rate_hz: float?, rate_sd_hz: float?, first_spike_ms: float?
// :returns spike_times_ms: list[float]?, spike_trials: list[int]?
MATCH (a:Run)-[x:RECORDED]->(b:Neuron)
WHERE b.root_id >= $first_id AND b.root_id <= $last_id
RETURN a.run_id AS run_id, b.root_id AS root_id, x.spike_count AS spike_count, x.rate_hz AS rate_hz,
  x.rate_sd_hz AS rate_sd_hz, x.first_spike_ms AS first_spike_ms, x.spike_times_ms AS spike_times_ms,
  x.spike_trials AS spike_trials
ORDER BY root_id, run_id
