// The mean rate of each cell type in the latest run, over all its neurons in the run and over those that fired.
// :returns cell_type: str?, neurons: int, fired: int, spikes: int, rate_hz: float, rate_of_fired_hz: float?
// :needs write_back
MATCH (n:Neuron)
WHERE n.run_id IS NOT NULL
WITH n.cell_type AS cell_type, n.run_id AS latest, count(*) AS neurons,
  sum(CASE WHEN n.spike_count > 0 THEN 1 ELSE 0 END) AS fired, sum(n.spike_count) AS spikes
MATCH (r:Run)
WHERE r.run_id = latest
RETURN cell_type AS cell_type, neurons AS neurons, fired AS fired, spikes AS spikes,
  spikes * 1000.0 / (r.trials * r.duration_ms) / neurons AS rate_hz,
  CASE WHEN fired = 0 THEN null ELSE spikes * 1000.0 / (r.trials * r.duration_ms) / fired END AS rate_of_fired_hz
ORDER BY rate_hz DESC, coalesce(cell_type, '')
