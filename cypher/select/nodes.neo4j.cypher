// The server's own numbers of the neurons.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to read
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to read
// :returns node: int, root_id: int
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id
RETURN id(n) AS node, n.root_id AS root_id
