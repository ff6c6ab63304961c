// How many neurons and synapses each class has.
// :returns flow: str?, super_class: str?, cell_class: str?, neurons: int, input_synapses: int, output_synapses: int
// :needs load
MATCH (n:Neuron)
RETURN n.flow AS flow, n.super_class AS super_class, n.cell_class AS cell_class, count(*) AS neurons,
  sum(n.input_synapses) AS input_synapses, sum(n.output_synapses) AS output_synapses
ORDER BY neurons DESC, coalesce(flow, '') + '|' + coalesce(super_class, '') + '|' + coalesce(cell_class, '')
