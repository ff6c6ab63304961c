// Count each neuron's output synapses over the loaded rows, and the share of them in rows that name one of the six
// transmitters; neurons without any are not touched.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (n:Neuron)-[s:SYNAPSES]->(:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id
WITH n, sum(s.syn_count) AS synapses,
  sum(CASE WHEN s.nt_type IN ['ACH', 'GABA', 'GLUT', 'DA', 'SER', 'OCT'] THEN s.syn_count ELSE 0 END) AS labelled
SET n.output_synapses = synapses, n.nt_known_share = labelled * 1.0 / synapses
