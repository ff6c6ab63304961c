// The mean rate of each super class in the latest run, over all its neurons in the run and over those that fired.
// :returns super_class: str?, neurons: int, fired: int, spikes: int, rate_hz: float, rate_of_fired_hz: float?
// :needs write_back
MATCH (n:Neuron)
WHERE n.run_id IS NOT NULL
WITH n.super_class AS super_class, n.run_id AS latest, count(*) AS neurons,
  sum(CASE WHEN n.spike_count > 0 THEN 1 ELSE 0 END) AS fired, sum(n.spike_count) AS spikes
MATCH (r:Run)
WHERE r.run_id = latest
RETURN super_class AS super_class, neurons AS neurons, fired AS fired, spikes AS spikes,
  spikes * 1000.0 / (r.trials * r.duration_ms) / neurons AS rate_hz,
  CASE WHEN fired = 0 THEN null ELSE spikes * 1000.0 / (r.trials * r.duration_ms) / fired END AS rate_of_fired_hz
ORDER BY rate_hz DESC, coalesce(super_class, '')
