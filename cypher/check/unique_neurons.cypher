// Each root_id names one neuron. Else: the graph was written to by hand; load it again with --replace.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs load
MATCH (n:Neuron)
WITH n.root_id AS id, count(*) AS neurons
WHERE neurons > 1
RETURN id AS root_id, null AS other_root_id, neurons * 1.0 AS found, 1.0 AS expected
ORDER BY root_id
LIMIT $limit
