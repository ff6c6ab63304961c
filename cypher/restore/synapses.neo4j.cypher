// Put back rows of the published files from a backup.
// :param rows: table -- every column of backup/synapses
UNWIND $rows AS r
MATCH (a:Neuron {root_id: r.pre_root_id})
MATCH (b:Neuron {root_id: r.post_root_id})
CREATE (a)-[:SYNAPSES {
  neuropil: r.neuropil, syn_count: r.syn_count, nt_type: r.nt_type
}]->(b)
