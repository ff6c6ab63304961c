// The smallest root_id of each range of so many neurons, to write range by range.
// :param size: int -- neurons of a range
// :returns first_id: int
MATCH (n:Neuron)
WITH n.root_id AS root_id ORDER BY root_id
WITH collect(root_id) AS ids
UNWIND range(0, size(ids) - 1, $size) AS position
WITH ids, position WHERE position < size(ids) // range(0, -1, 2) is [0]
RETURN ids[position] AS first_id ORDER BY first_id
