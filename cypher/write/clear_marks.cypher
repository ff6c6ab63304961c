// Set to not marked every neuron that is marked, or never was told.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id
  AND (n.is_target IS NULL OR n.is_target = true OR n.downstream IS NOT NULL OR n.upstream IS NOT NULL OR n.functional_nucleus = true)
SET n.is_target = false, n.downstream = null, n.upstream = null, n.functional_nucleus = false
