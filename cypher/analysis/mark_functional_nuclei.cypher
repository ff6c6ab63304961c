// Mark the neurons of functional nuclei.
// :param root_ids: list[int] -- the neurons
UNWIND $root_ids AS root_id
MATCH (n:Neuron {root_id: root_id})
SET n.functional_nucleus = true
