// A neuron's sign is -1, 0 or 1. Else: repeat graphkit predict, then graphkit merge.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs predict
MATCH (n:Neuron)
WHERE n.sign IS NULL OR abs(n.sign) > 1
RETURN n.root_id AS root_id, null AS other_root_id, n.sign * 1.0 AS found, null AS expected
ORDER BY root_id
LIMIT $limit
