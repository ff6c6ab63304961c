// Give named neurons, one by one the transmitter that a table says, over whatever was predicted.
// :param rows: table -- root_id, nt_type, sign
LOAD FROM $rows
WITH root_id AS id, nt_type AS given, sign AS given_sign
MATCH (n:Neuron) WHERE n.root_id = id
SET n.nt_type = given, n.sign = given_sign, n.nt_confidence = null, n.nt_tied = false,
  n.nt_source = 'override'
