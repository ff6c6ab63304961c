// Give named neurons, one by one the transmitter that a table says, over whatever was predicted.
// :param rows: table -- root_id, nt_type, sign
UNWIND range(0, size($rows.root_id) - 1) AS i
MATCH (n:Neuron {root_id: $rows.root_id[i]})
SET n.nt_type = $rows.nt_type[i], n.sign = $rows.sign[i], n.nt_confidence = null, n.nt_tied = false,
  n.nt_source = 'override'
