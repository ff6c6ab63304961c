// Neurons up to a downstream level, with the functional nuclei; the whole graph when the level is negative. In no order.
// :param max_downstream: int = -1 -- largest downstream level, inclusive; negative: every neuron
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to read
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to read
// :returns root_id: int, is_target: bool?, downstream: int?, upstream: int?, functional_nucleus: bool?, super_class: str?, cell_class: str?, cell_type: str?, side: str?, nt_type: str?, nt_confidence: float?, sign: int?, input_synapses: int?, output_synapses: int?
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id
  AND ($max_downstream < 0 OR n.downstream <= $max_downstream OR n.functional_nucleus = true)
RETURN n.root_id AS root_id, n.is_target AS is_target, n.downstream AS downstream, n.upstream AS upstream,
  n.functional_nucleus AS functional_nucleus, n.super_class AS super_class, n.cell_class AS cell_class,
  n.cell_type AS cell_type, n.side AS side, n.nt_type AS nt_type, n.nt_confidence AS nt_confidence, n.sign AS sign,
  n.input_synapses AS input_synapses, n.output_synapses AS output_synapses
