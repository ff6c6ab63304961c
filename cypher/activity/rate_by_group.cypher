// The mean rate of each group of the last mark in the latest run: target, downstream by level, functional_nuclei, rest.
// :returns group_name: str, level: int?, neurons: int, fired: int, spikes: int, rate_hz: float
// :returns rate_of_fired_hz: float?
// :needs mark, write_back
MATCH (n:Neuron)
WHERE n.run_id IS NOT NULL
WITH n, CASE
    WHEN n.downstream = 0 THEN 'target'
    WHEN n.downstream > 0 THEN 'downstream'
    WHEN n.functional_nucleus = true THEN 'functional_nuclei'
    ELSE 'rest'
  END AS group_name
WITH group_name, n.downstream AS level, n.run_id AS latest, count(*) AS neurons,
  sum(CASE WHEN n.spike_count > 0 THEN 1 ELSE 0 END) AS fired, sum(n.spike_count) AS spikes
MATCH (r:Run)
WHERE r.run_id = latest
RETURN group_name AS group_name, level AS level, neurons AS neurons, fired AS fired, spikes AS spikes,
  spikes * 1000.0 / (r.trials * r.duration_ms) / neurons AS rate_hz,
  CASE WHEN fired = 0 THEN null ELSE spikes * 1000.0 / (r.trials * r.duration_ms) / fired END AS rate_of_fired_hz
ORDER BY level, group_name
