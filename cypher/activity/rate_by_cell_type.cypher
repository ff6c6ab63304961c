// The mean rate of each cell type in the latest run, over all its neurons in the run and over those that fired.
// :returns cell_type: str?, neurons: int, fired: int, spikes: int, rate_hz: float, rate_of_fired_hz: float?
// :needs write_back
MATCH (n:Neuron)
WHERE n.run_id IS NOT NULL
WITH n.cell_type AS kind, n.run_id AS latest, count(*) AS members, sum(CASE WHEN n.spike_count > 0 THEN 1 ELSE 0 END) AS active,
  sum(n.spike_count) AS counted
MATCH (r:Run)
WHERE r.run_id = latest
RETURN kind AS cell_type, members AS neurons, active AS fired, counted AS spikes,
  counted * 1000.0 / (r.trials * r.duration_ms) / members AS rate_hz,
  CASE WHEN active = 0 THEN null ELSE counted * 1000.0 / (r.trials * r.duration_ms) / active END AS rate_of_fired_hz
ORDER BY rate_hz DESC, cell_type
