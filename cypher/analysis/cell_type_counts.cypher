// How many neurons and synapses each cell type has.
// :returns cell_type: str?, neurons: int, left: int, right: int, input_synapses: int, output_synapses: int
// :needs load
MATCH (n:Neuron)
RETURN n.cell_type AS cell_type, count(*) AS neurons, sum(CASE WHEN n.side = 'left' THEN 1 ELSE 0 END) AS left,
  sum(CASE WHEN n.side = 'right' THEN 1 ELSE 0 END) AS right, sum(n.input_synapses) AS input_synapses,
  sum(n.output_synapses) AS output_synapses
ORDER BY neurons DESC, coalesce(cell_type, '')
