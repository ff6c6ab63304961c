// Put back records of runs from a backup.
// :param rows: table -- every column of backup/recorded
UNWIND range(0, size($rows.root_id) - 1) AS i
MATCH (a:Run {run_id: $rows.run_id[i]})
MATCH (b:Neuron {root_id: $rows.root_id[i]})
CREATE (a)-[:RECORDED {
  spike_count: $rows.spike_count[i], rate_hz: $rows.rate_hz[i], rate_sd_hz: $rows.rate_sd_hz[i], first_spike_ms: $rows.first_spike_ms[i],
  spike_times_ms: $rows.spike_times_ms[i], spike_trials: $rows.spike_trials[i]
}]->(b)
