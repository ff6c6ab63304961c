// Put back notes on what was loaded from a backup.
// :param rows: table -- every column of backup/dataset
UNWIND range(0, size($rows.name) - 1) AS i
CREATE (:Dataset {
  name: $rows.name[i], version: $rows.version[i], citation: $rows.citation[i], licence: $rows.licence[i],
  files: $rows.files[i], rows: $rows.rows[i], neurons: $rows.neurons[i], synapses: $rows.synapses[i],
  min_syn_count: $rows.min_syn_count[i], loaded: $rows.loaded[i], graphkit_version: $rows.graphkit_version[i],
  engine_version: $rows.engine_version[i]
})
