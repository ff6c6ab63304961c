// Set to no known transmitter every neuron that the prediction will not reach: by vote those without outgoing rows,
// by scores those without scores; and those whose last vote was a tie.
// :param method: str -- vote or scores
// :param unknown_sign: int -- sign of a neuron whose transmitter is not known
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id
  AND (coalesce(n.nt_tied, true)
    OR ($method = 'vote' AND n.output_synapses = 0) OR ($method = 'scores' AND n.ach_avg IS NULL))
SET n.nt_type = null, n.nt_confidence = null, n.nt_tied = false,
  n.nt_source = 'none', n.sign = $unknown_sign
