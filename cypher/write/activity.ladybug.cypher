// Write the latest run onto its neurons.
// :param rows: table -- root_id, run_id, spike_count, rate_hz, spike_times_ms
LOAD FROM $rows
WITH root_id AS id, run_id AS run, spike_count AS spikes, rate_hz AS rate, spike_times_ms AS times
MATCH (n:Neuron {root_id: id})
SET n.run_id = run, n.spike_count = spikes, n.rate_hz = rate, n.spike_times_ms = times
