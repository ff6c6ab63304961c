// The neurons of the latest run that never fired, those with most input synapses first.
// :param limit: int = 9223372036854775807 -- rows returned at most
// :returns root_id: int, cell_type: str?, super_class: str?, nt_type: str?, downstream: int?, input_synapses: int
// :needs write_back
MATCH (n:Neuron)
WHERE n.spike_count = 0
RETURN n.root_id AS root_id, n.cell_type AS cell_type, n.super_class AS super_class, n.nt_type AS nt_type,
  n.downstream AS downstream,
  n.input_synapses AS input_synapses
ORDER BY input_synapses DESC, root_id LIMIT $limit
