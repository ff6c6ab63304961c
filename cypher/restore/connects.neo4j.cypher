// Put back merged connections from a backup.
// :param rows: table -- every column of backup/connects
UNWIND range(0, size($rows.pre_root_id) - 1) AS i
MATCH (a:Neuron {root_id: $rows.pre_root_id[i]})
MATCH (b:Neuron {root_id: $rows.post_root_id[i]})
CREATE (a)-[:CONNECTS {
  syn_count: $rows.syn_count[i], weight_signed: $rows.weight_signed[i], weight: $rows.weight[i], n_rows: $rows.n_rows[i]
}]->(b)
