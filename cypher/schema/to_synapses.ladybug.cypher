// Rows of the published file, one per pair and neuropil. Stored forward only: loads twice as fast, and directed patterns still work in both directions.
CREATE REL TABLE IF NOT EXISTS SYNAPSES (
  FROM Neuron TO Neuron,
  neuropil STRING,
  syn_count INT64,
  nt_type STRING
) WITH (storage_direction = 'fwd')
