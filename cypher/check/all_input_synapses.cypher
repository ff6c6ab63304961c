// All input_synapses together are the synapses of all rows. Else: load the files again with --replace.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs load
MATCH (:Neuron)-[s:SYNAPSES]->(:Neuron)
WITH sum(s.syn_count) AS synapses
MATCH (n:Neuron)
WITH synapses, sum(n.input_synapses) AS kept
WHERE kept <> synapses
RETURN null AS root_id, null AS other_root_id, kept * 1.0 AS found, synapses * 1.0 AS expected
ORDER BY found
LIMIT $limit
