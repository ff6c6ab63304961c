// The graph holds the rows that the load counted. Else: load the files again with --replace.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs load
MATCH (:Neuron)-[s:SYNAPSES]->(:Neuron)
WITH count(*) AS held
MATCH (d:Dataset)
WITH held, max(d.rows) AS loaded
WHERE held <> loaded
RETURN null AS root_id, null AS other_root_id, held * 1.0 AS found, loaded * 1.0 AS expected
ORDER BY found
LIMIT $limit
