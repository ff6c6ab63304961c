// The smallest root_id of each range of so many neurons, to write range by range.
// :param size: int -- neurons of a range
// :returns first_id: int
MATCH (n:Neuron)
WITH list_sort(collect(n.root_id)) AS ids
UNWIND range(1, size(ids), $size) AS position
RETURN ids[position] AS first_id ORDER BY first_id
