// Merged connections, one per ordered pair.
CREATE REL TABLE IF NOT EXISTS CONNECTS (
  FROM Neuron TO Neuron,
  syn_count INT64,
  weight_signed INT64,
  weight INT64,
  n_rows INT64
)
