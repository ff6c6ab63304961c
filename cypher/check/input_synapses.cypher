// input_synapses is the sum over the incoming rows. Else: load the files again with --replace.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs load
MATCH (:Neuron)-[s:SYNAPSES]->(n:Neuron)
WITH n.root_id AS id, n.input_synapses AS kept, sum(s.syn_count) AS synapses
WHERE kept IS NULL OR kept <> synapses
RETURN id AS root_id, null AS other_root_id, kept * 1.0 AS found, synapses * 1.0 AS expected
ORDER BY root_id
LIMIT $limit
