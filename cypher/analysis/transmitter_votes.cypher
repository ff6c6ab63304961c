// The votes of the given neurons: their output synapses by the transmitter of the published rows.
// :param root_ids: list[int] -- the neurons
// :returns root_id: int, nt_type: str?, rows: int, synapses: int, share: float
// :needs load
MATCH (n:Neuron)-[s:SYNAPSES]->(:Neuron)
WHERE n.root_id IN $root_ids
WITH n, s.nt_type AS transmitter, count(*) AS counted_rows, sum(s.syn_count) AS counted
RETURN n.root_id AS root_id, transmitter AS nt_type, counted_rows AS rows, counted AS synapses,
  counted * 1.0 / n.output_synapses AS share
ORDER BY root_id, synapses DESC, nt_type
