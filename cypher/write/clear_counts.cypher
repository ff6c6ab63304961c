// Set to no synapses every neuron that was never counted; rows are only ever added to those that were.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id AND (n.input_synapses IS NULL OR n.output_synapses IS NULL)
SET n.input_synapses = 0, n.output_synapses = 0
