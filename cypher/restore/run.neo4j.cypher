// Put back runs from a backup.
// :param rows: table -- every column of backup/run
UNWIND range(0, size($rows.run_id) - 1) AS i
CREATE (:Run {
  run_id: $rows.run_id[i], created: $rows.created[i], model: $rows.model[i], engine: $rows.engine[i],
  parameters: $rows.parameters[i], seed: $rows.seed[i], trials: $rows.trials[i], duration_ms: $rows.duration_ms[i],
  neurons: $rows.neurons[i], spikes: $rows.spikes[i], dataset: $rows.dataset[i],
  graphkit_version: $rows.graphkit_version[i]
})
