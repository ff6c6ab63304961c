// Write what a run recorded of each neuron, and the latest run onto the neurons: each is looked up once.
// :param rows: table -- run_id, root_id, the columns of RECORDED, latest_times_ms
// :keeps_plan
UNWIND range(0, size($rows.root_id) - 1) AS i
WITH $rows.run_id[i] AS run_id, collect(i) AS together
MATCH (run:Run {run_id: run_id})
UNWIND together AS i
MATCH (n:Neuron {root_id: $rows.root_id[i]})
CREATE (run)-[:RECORDED {
  spike_count: $rows.spike_count[i], rate_hz: $rows.rate_hz[i], rate_sd_hz: $rows.rate_sd_hz[i],
  first_spike_ms: $rows.first_spike_ms[i], spike_times_ms: $rows.spike_times_ms[i],
  spike_trials: $rows.spike_trials[i]
}]->(n)
SET n.run_id = run_id, n.spike_count = $rows.spike_count[i], n.rate_hz = $rows.rate_hz[i],
  n.spike_times_ms = $rows.latest_times_ms[i]
