// The steps that made the graph what it is.
CREATE NODE TABLE IF NOT EXISTS Step (
  name STRING PRIMARY KEY,
  state STRING,
  parameters STRING,
  started STRING,
  finished STRING,
  token STRING,
  input_token STRING,
  report STRING
)
