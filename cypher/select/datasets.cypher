// The datasets that were loaded.
// :returns name: str, version: str, citation: str, licence: str, files: str, rows: int, neurons: int, synapses: int, min_syn_count: int?, loaded: str, graphkit_version: str, engine_version: str
MATCH (d:Dataset)
RETURN d.name AS name, d.version AS version, d.citation AS citation, d.licence AS licence, d.files AS files,
  d.rows AS rows, d.neurons AS neurons, d.synapses AS synapses, d.min_syn_count AS min_syn_count,
  d.loaded AS loaded, d.graphkit_version AS graphkit_version, d.engine_version AS engine_version
ORDER BY name
