// The mean rate of each group of the last mark in the latest run: target, downstream by level, functional_nuclei, rest.
// :returns group_name: str, level: int?, neurons: int, fired: int, spikes: int, rate_hz: float, rate_of_fired_hz: float?
// :needs mark, write_back
MATCH (n:Neuron)
WHERE n.run_id IS NOT NULL
WITH n, CASE
    WHEN n.downstream = 0 THEN 'target'
    WHEN n.downstream > 0 THEN 'downstream'
    WHEN n.functional_nucleus = true THEN 'functional_nuclei'
    ELSE 'rest'
  END AS part
WITH part, n.downstream AS depth, n.run_id AS latest, count(*) AS members, sum(CASE WHEN n.spike_count > 0 THEN 1 ELSE 0 END) AS active,
  sum(n.spike_count) AS counted
MATCH (r:Run)
WHERE r.run_id = latest
RETURN part AS group_name, depth AS level, members AS neurons, active AS fired, counted AS spikes,
  counted * 1000.0 / (r.trials * r.duration_ms) / members AS rate_hz,
  CASE WHEN active = 0 THEN null ELSE counted * 1000.0 / (r.trials * r.duration_ms) / active END AS rate_of_fired_hz
ORDER BY level, group_name
