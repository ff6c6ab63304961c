// How many neurons and output synapses each transmitter has, with the sign it was given.
// :returns nt_type: str?, sign: int, neurons: int, synapses: int
// :needs predict
MATCH (n:Neuron)
RETURN n.nt_type AS nt_type, n.sign AS sign, count(*) AS neurons, sum(n.output_synapses) AS synapses
ORDER BY neurons DESC, sign, coalesce(nt_type, '')
