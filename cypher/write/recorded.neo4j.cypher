// Write what a run recorded of each neuron, and the latest run onto the neurons: each is looked up once.
// :param rows: table -- run_id, root_id, the columns of RECORDED, latest_times_ms
UNWIND $rows AS r
MATCH (run:Run {run_id: r.run_id})
MATCH (n:Neuron {root_id: r.root_id})
CREATE (run)-[:RECORDED {
  spike_count: r.spike_count, rate_hz: r.rate_hz, rate_sd_hz: r.rate_sd_hz, first_spike_ms: r.first_spike_ms,
  spike_times_ms: r.spike_times_ms, spike_trials: r.spike_trials
}]->(n)
SET n.run_id = r.run_id, n.spike_count = r.spike_count, n.rate_hz = r.rate_hz, n.spike_times_ms = r.latest_times_ms
