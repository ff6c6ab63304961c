// Set every neuron to not marked.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id
SET n.is_target = false, n.downstream = null, n.upstream = null, n.functional_nucleus = false
