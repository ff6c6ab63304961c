// nt_known_share is the share of the output synapses in rows that name one of the six transmitters. Else: load the files again with --replace.
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs load
MATCH (n:Neuron)
OPTIONAL MATCH (n)-[s:SYNAPSES]->(:Neuron)
WITH n.root_id AS id, n.nt_known_share AS kept, coalesce(sum(s.syn_count), 0) AS synapses,
  coalesce(sum(CASE WHEN s.nt_type IN ['ACH', 'GABA', 'GLUT', 'DA', 'SER', 'OCT'] THEN s.syn_count ELSE 0 END), 0) AS labelled
WITH id, kept, CASE WHEN synapses = 0 THEN null ELSE labelled * 1.0 / synapses END AS share
WHERE coalesce(kept, -1.0) <> coalesce(share, -1.0)
RETURN id AS root_id, null AS other_root_id, kept AS found, share AS expected
ORDER BY root_id
LIMIT $limit
