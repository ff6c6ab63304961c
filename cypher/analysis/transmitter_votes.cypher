// The votes of the given neurons: their output synapses by the transmitter of the published rows.
// :param root_ids: list[int] -- the neurons
// :returns root_id: int, nt_type: str?, n_rows: int, synapses: int, share: float
// :needs load
MATCH (n:Neuron)-[s:SYNAPSES]->(:Neuron)
WHERE n.root_id IN $root_ids
WITH n, s.nt_type AS nt_type, count(*) AS n_rows, sum(s.syn_count) AS synapses
RETURN n.root_id AS root_id, nt_type AS nt_type, n_rows AS n_rows, synapses AS synapses,
  synapses * 1.0 / n.output_synapses AS share
ORDER BY root_id, synapses DESC, coalesce(nt_type, '')
