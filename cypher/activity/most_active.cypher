// The neurons that fired most in the latest run.
// :param limit: int = 10 -- neurons returned at most
// :returns root_id: int, cell_type: str?, super_class: str?, nt_type: str?, downstream: int?, spike_count: int
// :returns rate_hz: float
// :needs write_back
MATCH (n:Neuron)
WHERE n.rate_hz > 0
RETURN n.root_id AS root_id, n.cell_type AS cell_type, n.super_class AS super_class, n.nt_type AS nt_type,
  n.downstream AS downstream,
  n.spike_count AS spike_count, n.rate_hz AS rate_hz
ORDER BY rate_hz DESC, root_id LIMIT $limit
