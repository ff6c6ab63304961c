// Write what was loaded.
// :param name: str -- dataset name
// :param version: str -- release
// :param citation: str -- what to cite
// :param licence: str -- licence of the data
// :param files: str -- names, roles, sizes and sha256, JSON
// :param rows: int -- rows of connections
// :param neurons: int -- neurons in the graph
// :param synapses: int -- synapses
// :param min_syn_count: int? -- smallest pair
// :param loaded: str -- UTC time
// :param graphkit_version: str -- version of graphkit
// :param engine_version: str -- version of the engine
MERGE (d:Dataset {name: $name})
SET d.version = $version, d.citation = $citation, d.licence = $licence, d.files = $files, d.rows = $rows,
  d.neurons = $neurons, d.synapses = $synapses, d.min_syn_count = $min_syn_count, d.loaded = $loaded,
  d.graphkit_version = $graphkit_version, d.engine_version = $engine_version
