// Give named neurons, one by one the transmitter that a table says, over whatever was predicted.
// :param rows: table -- root_id, nt_type, sign
UNWIND $rows AS r
MATCH (n:Neuron {root_id: r.root_id})
SET n.nt_type = r.nt_type, n.sign = r.sign, n.nt_confidence = null, n.nt_known_share = null, n.nt_tied = false,
  n.nt_source = 'override'
