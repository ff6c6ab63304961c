// Neurons whose vote was a tie: with a transmitter where the tied ones have one sign, without where they have not.
// :returns root_id: int, cell_type: str?, nt_type: str?, sign: int, nt_confidence: float, nt_known_share: float
// :returns output_synapses: int
// :needs predict
MATCH (n:Neuron)
WHERE n.nt_tied = true
RETURN n.root_id AS root_id, n.cell_type AS cell_type, n.nt_type AS nt_type, n.sign AS sign,
  n.nt_confidence AS nt_confidence, n.nt_known_share AS nt_known_share, n.output_synapses AS output_synapses
ORDER BY output_synapses DESC, root_id
