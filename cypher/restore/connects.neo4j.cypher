// Put back merged connections from a backup.
// :param rows: table -- every column of backup/connects
UNWIND $rows AS r
MATCH (a:Neuron {root_id: r.pre_root_id})
MATCH (b:Neuron {root_id: r.post_root_id})
CREATE (a)-[:CONNECTS {
  syn_count: r.syn_count, weight_signed: r.weight_signed, weight: r.weight, n_rows: r.n_rows,
  input_share: r.input_share
}]->(b)
