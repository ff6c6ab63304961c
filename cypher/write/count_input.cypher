// Count each neuron's input synapses over the loaded rows; neurons without any are not touched.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (:Neuron)-[s:SYNAPSES]->(n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id
WITH n, sum(s.syn_count) AS synapses
SET n.input_synapses = synapses
