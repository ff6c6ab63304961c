// What a selection cuts off: how many of each neuron's input synapses come from outside it or lie below the thresholds,
// most first.
// :param root_ids: list[int] -- the selection
// :param min_synapses: int = 1 -- smallest connection kept, inclusive
// :param min_input_share: float = 0.0 -- smallest share of the postsynaptic neuron's input, inclusive
// :returns root_id: int, cell_type: str?, input_synapses: int, kept_synapses: int, lost_synapses: int
// :returns lost_input_share: float
// :needs merge
MATCH (n:Neuron)
WHERE n.root_id IN $root_ids
OPTIONAL MATCH (pre:Neuron)-[c:CONNECTS]->(n)
WHERE pre.root_id IN $root_ids AND c.syn_count >= $min_synapses
  AND ($min_input_share = 0.0 OR c.syn_count * 1.0 / n.input_synapses >= $min_input_share)
WITH n, coalesce(sum(c.syn_count), 0) AS kept_synapses
RETURN n.root_id AS root_id, n.cell_type AS cell_type, n.input_synapses AS input_synapses,
  kept_synapses AS kept_synapses, n.input_synapses - kept_synapses AS lost_synapses,
  CASE
    WHEN n.input_synapses = 0 THEN 0.0
    ELSE (n.input_synapses - kept_synapses) * 1.0 / n.input_synapses
  END AS lost_input_share
ORDER BY lost_input_share DESC, lost_synapses DESC, root_id
