// Write what a run of every neuron recorded, and the run onto the neurons. They are read in the order of the rows, which
// is faster than to look up each; where they are others than those of the rows, range() has no end and the batch fails.
// :param rows: table -- run_id, root_id, the columns of RECORDED, latest_times_ms
// :keeps_plan
MATCH (run:Run {run_id: $rows.run_id[0]})
MATCH (n:Neuron) USING INDEX n:Neuron(root_id)
WHERE n.root_id >= $rows.root_id[0] AND n.root_id <= $rows.root_id[-1]
WITH run, n ORDER BY n.root_id
WITH run, collect(n) AS neurons, collect(n.root_id) AS root_ids
UNWIND range(0, CASE WHEN root_ids = $rows.root_id THEN size(root_ids) - 1 ELSE null END) AS i
WITH run, neurons[i] AS n, i
CREATE (run)-[:RECORDED {
  spike_count: $rows.spike_count[i], rate_hz: $rows.rate_hz[i], rate_sd_hz: $rows.rate_sd_hz[i],
  first_spike_ms: $rows.first_spike_ms[i], spike_times_ms: $rows.spike_times_ms[i],
  spike_trials: $rows.spike_trials[i]
}]->(n)
SET n.run_id = $rows.run_id[i], n.spike_count = $rows.spike_count[i], n.rate_hz = $rows.rate_hz[i],
  n.spike_times_ms = $rows.latest_times_ms[i]
