// Put back rows of the published files from a backup.
// :param rows: table -- every column of backup/synapses
UNWIND range(0, size($rows.pre_root_id) - 1) AS i
MATCH (a:Neuron {root_id: $rows.pre_root_id[i]})
MATCH (b:Neuron {root_id: $rows.post_root_id[i]})
CREATE (a)-[:SYNAPSES {
  neuropil: $rows.neuropil[i], syn_count: $rows.syn_count[i], nt_type: $rows.nt_type[i]
}]->(b)
