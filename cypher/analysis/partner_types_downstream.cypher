// Downstream partners of the given neurons by cell type, strongest first. The share is that of all output synapses
// of the given neurons.
// :param root_ids: list[int] -- presynaptic neurons
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns cell_type: str?, neurons: int, connections: int, synapses: int, weight_signed: int, output_share: float
// :needs merge
MATCH (n:Neuron) WHERE n.root_id IN $root_ids
WITH sum(n.output_synapses) AS total
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE pre.root_id IN $root_ids AND c.syn_count >= $min_synapses
WITH total, post.cell_type AS cell_type, count(*) AS connections, sum(c.syn_count) AS synapses,
  sum(c.weight_signed) AS weight_signed, count(DISTINCT post.root_id) AS neurons
RETURN cell_type AS cell_type, neurons AS neurons, connections AS connections, synapses AS synapses,
  weight_signed AS weight_signed, synapses * 1.0 / total AS output_share
ORDER BY synapses DESC, coalesce(cell_type, '')
