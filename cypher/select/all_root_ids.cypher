// The ids of all neurons.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to read
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to read
// :returns root_id: int
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id
RETURN n.root_id AS root_id ORDER BY root_id
