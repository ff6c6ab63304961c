// Write the latest run onto its neurons.
// :param rows: table -- root_id, run_id, spike_count, rate_hz, spike_times_ms
UNWIND $rows AS r
MATCH (n:Neuron {root_id: r.root_id})
SET n.run_id = r.run_id, n.spike_count = r.spike_count, n.rate_hz = r.rate_hz, n.spike_times_ms = r.spike_times_ms
