// Give all neurons of named cell types the transmitter that a table says, over whatever was predicted.
// :param rows: table -- cell_type, nt_type, sign
UNWIND range(0, size($rows.cell_type) - 1) AS i
MATCH (n:Neuron {cell_type: $rows.cell_type[i]})
SET n.nt_type = $rows.nt_type[i], n.sign = $rows.sign[i], n.nt_confidence = null, n.nt_tied = false,
  n.nt_source = 'override'
