// Runs that were written back.
CREATE NODE TABLE IF NOT EXISTS Run (
  run_id STRING PRIMARY KEY,
  created STRING,
  model STRING,
  engine STRING,
  parameters STRING,
  seed INT64,
  trials INT64,
  duration_ms DOUBLE,
  neurons INT64,
  spikes INT64,
  dataset STRING,
  graphkit_version STRING
)
