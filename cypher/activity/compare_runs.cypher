// Two runs compared: the rate of each neuron in both, largest change first. A neuron that is in one of them only has no
// rate in the other, and no change; those come last.
// :param run_a: str -- run_id of the first run
// :param run_b: str -- run_id of the second run
// :param min_change_hz: float = 0.0 -- smallest change kept, inclusive, up or down
// :param limit: int = 9223372036854775807 -- rows returned at most
// :returns root_id: int, cell_type: str?, nt_type: str?, downstream: int?, rate_a_hz: float?, rate_b_hz: float?
// :returns change_hz: float?
// :needs write_back
MATCH (n:Neuron)
OPTIONAL MATCH (a:Run)-[in_a:RECORDED]->(n) WHERE a.run_id = $run_a
OPTIONAL MATCH (b:Run)-[in_b:RECORDED]->(n) WHERE b.run_id = $run_b
WITH n, in_a.rate_hz AS rate_a, in_b.rate_hz AS rate_b
WHERE (rate_a IS NOT NULL OR rate_b IS NOT NULL)
  AND coalesce(abs(rate_b - rate_a), $min_change_hz) >= $min_change_hz
RETURN n.root_id AS root_id, n.cell_type AS cell_type, n.nt_type AS nt_type, n.downstream AS downstream,
  rate_a AS rate_a_hz, rate_b AS rate_b_hz, rate_b - rate_a AS change_hz
ORDER BY coalesce(abs(rate_b - rate_a), -1.0) DESC, root_id LIMIT $limit
