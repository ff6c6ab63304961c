// How neurons carry signals from neuropil to neuropil: their output synapses in one neuropil, apportioned to the
// neuropils of their input. A neuron with i of its I input synapses in the first neuropil, and o output synapses in the
// second, adds o * i / I synapses to that pair. Neurons without input or without output carry nothing.
// On a whole brain it takes some seconds.
// :returns input_neuropil: str?, output_neuropil: str?, neurons: int, synapses: float
// :needs load
MATCH (:Neuron)-[i:SYNAPSES]->(n:Neuron)
WITH n, i.neuropil AS input_neuropil, sum(i.syn_count) AS received
MATCH (n)-[o:SYNAPSES]->(:Neuron)
WITH n, input_neuropil, received, o.neuropil AS output_neuropil, sum(o.syn_count) AS sent
RETURN input_neuropil AS input_neuropil, output_neuropil AS output_neuropil, count(*) AS neurons,
  sum(sent * received * 1.0 / n.input_synapses) AS synapses
ORDER BY coalesce(input_neuropil, '') + '|' + coalesce(output_neuropil, '')
