// All notes on what was loaded, with every property.
// :returns name: str, version: str?, citation: str?, licence: str?, files: str?, rows: int?, neurons: int?
// :returns synapses: int?, min_syn_count: int?, loaded: str?, graphkit_version: str?, engine_version: str?
MATCH (x:Dataset)
RETURN x.name AS name, x.version AS version, x.citation AS citation, x.licence AS licence, x.files AS files,
  x.rows AS rows, x.neurons AS neurons, x.synapses AS synapses, x.min_syn_count AS min_syn_count, x.loaded AS loaded,
  x.graphkit_version AS graphkit_version, x.engine_version AS engine_version
ORDER BY name
