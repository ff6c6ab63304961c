// Which of the given ids are neurons of the graph.
// :param root_ids: list[int] -- ids to look up
// :returns root_id: int
UNWIND $root_ids AS wanted
MATCH (n:Neuron {root_id: wanted})
RETURN n.root_id AS root_id ORDER BY root_id
