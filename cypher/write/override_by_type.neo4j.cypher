// Give all neurons of named cell types the transmitter that a table says, over whatever was predicted.
// :param rows: table -- cell_type, nt_type, sign
UNWIND $rows AS r
MATCH (n:Neuron {cell_type: r.cell_type})
SET n.nt_type = r.nt_type, n.sign = r.sign, n.nt_confidence = null, n.nt_known_share = null, n.nt_tied = false,
  n.nt_source = 'override'
