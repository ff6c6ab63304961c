// Give all neurons of named cell types the transmitter that a table says, over whatever was predicted.
// :param rows: table -- cell_type, nt_type, sign
LOAD FROM $rows
WITH cell_type AS id, nt_type AS given, sign AS given_sign
MATCH (n:Neuron) WHERE n.cell_type = id
SET n.nt_type = given, n.sign = given_sign, n.nt_confidence = null, n.nt_tied = false,
  n.nt_source = 'override'
