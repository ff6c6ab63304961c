// Remove neurons, which have no relationships any more.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id
DELETE n
