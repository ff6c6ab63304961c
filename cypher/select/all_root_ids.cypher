// The ids of all neurons.
// :returns root_id: int
MATCH (n:Neuron) RETURN n.root_id AS root_id ORDER BY root_id
