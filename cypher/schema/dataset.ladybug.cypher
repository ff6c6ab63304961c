// The datasets that were loaded.
CREATE NODE TABLE IF NOT EXISTS Dataset (
  name STRING PRIMARY KEY,
  version STRING,
  citation STRING,
  licence STRING,
  files STRING,
  rows INT64,
  neurons INT64,
  synapses INT64,
  min_syn_count INT64,
  loaded STRING,
  graphkit_version STRING,
  engine_version STRING
)
