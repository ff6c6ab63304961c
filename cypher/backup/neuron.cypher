// All neurons, with every property.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to read
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to read
// :returns root_id: int, flow: str?, super_class: str?, cell_class: str?, sub_class: str?, cell_type: str?
// :returns additional_types: str?, hemilineage: str?, side: str?, nerve: str?, neuropil_group: str?
// :returns nt_type_published: str?, nt_score: float?, da_avg: float?, ser_avg: float?, gaba_avg: float?
// :returns glut_avg: float?, ach_avg: float?, oct_avg: float?, input_synapses: int?, output_synapses: int?
// :returns nt_type: str?, nt_confidence: float?, nt_known_share: float?, nt_tied: bool?, nt_source: str?, sign: int?
// :returns is_target: bool?, downstream: int?, upstream: int?, functional_nucleus: bool?, run_id: str?
// :returns spike_count: int?, rate_hz: float?, spike_times_ms: list[float]?
MATCH (x:Neuron)
WHERE x.root_id >= $first_id AND x.root_id <= $last_id
RETURN x.root_id AS root_id, x.flow AS flow, x.super_class AS super_class, x.cell_class AS cell_class,
  x.sub_class AS sub_class, x.cell_type AS cell_type, x.additional_types AS additional_types,
  x.hemilineage AS hemilineage, x.side AS side, x.nerve AS nerve, x.neuropil_group AS neuropil_group,
  x.nt_type_published AS nt_type_published, x.nt_score AS nt_score, x.da_avg AS da_avg, x.ser_avg AS ser_avg,
  x.gaba_avg AS gaba_avg, x.glut_avg AS glut_avg, x.ach_avg AS ach_avg, x.oct_avg AS oct_avg,
  x.input_synapses AS input_synapses, x.output_synapses AS output_synapses, x.nt_type AS nt_type,
  x.nt_confidence AS nt_confidence, x.nt_known_share AS nt_known_share, x.nt_tied AS nt_tied,
  x.nt_source AS nt_source, x.sign AS sign, x.is_target AS is_target, x.downstream AS downstream,
  x.upstream AS upstream, x.functional_nucleus AS functional_nucleus, x.run_id AS run_id,
  x.spike_count AS spike_count, x.rate_hz AS rate_hz, x.spike_times_ms AS spike_times_ms
ORDER BY root_id
