// Mark the target neurons: level 0 of both directions.
// :param root_ids: list[int] -- the target neurons
UNWIND $root_ids AS root_id
MATCH (n:Neuron {root_id: root_id})
SET n.is_target = true, n.downstream = 0, n.upstream = 0
