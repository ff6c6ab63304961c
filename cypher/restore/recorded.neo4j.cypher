// Put back records of runs from a backup.
// :param rows: table -- every column of backup/recorded
UNWIND $rows AS r
MATCH (a:Run {run_id: r.run_id})
MATCH (b:Neuron {root_id: r.root_id})
CREATE (a)-[:RECORDED {
  spike_count: r.spike_count, rate_hz: r.rate_hz, rate_sd_hz: r.rate_sd_hz, first_spike_ms: r.first_spike_ms,
  spike_times_ms: r.spike_times_ms, spike_trials: r.spike_trials
}]->(b)
