// Neurons whose predicted transmitter is another than the published one, those with most output synapses first.
// :param limit: int = 9223372036854775807 -- rows returned at most
// :returns root_id: int, cell_type: str?, super_class: str?, nt_type: str, nt_confidence: float?, nt_source: str
// :returns nt_type_published: str, nt_score: float?, output_synapses: int
// :needs predict
MATCH (n:Neuron)
WHERE n.nt_type <> n.nt_type_published
RETURN n.root_id AS root_id, n.cell_type AS cell_type, n.super_class AS super_class, n.nt_type AS nt_type,
  n.nt_confidence AS nt_confidence, n.nt_source AS nt_source, n.nt_type_published AS nt_type_published,
  n.nt_score AS nt_score, n.output_synapses AS output_synapses
ORDER BY output_synapses DESC, root_id LIMIT $limit
