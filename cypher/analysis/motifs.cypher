// How often the smallest motifs occur among different neurons, whatever further connections these have: pairs connected
// both ways, feedforward loops (a to b, b to c, a to c) and cycles of three. A feedforward loop is coherent where the
// sign of a to c is the product of the other two, incoherent where it is the opposite (Mangan and Alon 2003,
// 10.1073/pnas.2133841100). On a whole brain set min_synapses: all of it does not fit into a laptop's memory.
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns reciprocal_pairs: int, feedforward_loops: int, coherent_feedforward_loops: int
// :returns incoherent_feedforward_loops: int, three_cycles: int
// :needs merge
OPTIONAL MATCH (a:Neuron)-[ab:CONNECTS]->(b:Neuron)-[ba:CONNECTS]->(a)
WHERE a.root_id < b.root_id AND ab.syn_count >= $min_synapses AND ba.syn_count >= $min_synapses
WITH count(ab) AS reciprocal_pairs
OPTIONAL MATCH (a:Neuron)-[ab:CONNECTS]->(b:Neuron)-[bc:CONNECTS]->(c:Neuron)-[ca:CONNECTS]->(a)
WHERE a.root_id < b.root_id AND a.root_id < c.root_id AND b.root_id <> c.root_id
  AND ab.syn_count >= $min_synapses AND bc.syn_count >= $min_synapses AND ca.syn_count >= $min_synapses
WITH reciprocal_pairs, count(ab) AS three_cycles
OPTIONAL MATCH (a:Neuron)-[ab:CONNECTS]->(b:Neuron)-[bc:CONNECTS]->(c:Neuron), (a)-[ac:CONNECTS]->(c)
WHERE a.root_id <> b.root_id AND a.root_id <> c.root_id AND b.root_id <> c.root_id
  AND ab.syn_count >= $min_synapses AND bc.syn_count >= $min_synapses AND ac.syn_count >= $min_synapses
WITH reciprocal_pairs, three_cycles, count(ab) AS feedforward_loops,
  sum(CASE WHEN ab.weight_signed * bc.weight_signed * ac.weight_signed > 0 THEN 1 ELSE 0 END) AS coherent,
  sum(CASE WHEN ab.weight_signed * bc.weight_signed * ac.weight_signed < 0 THEN 1 ELSE 0 END) AS incoherent
RETURN reciprocal_pairs AS reciprocal_pairs, feedforward_loops AS feedforward_loops,
  coherent AS coherent_feedforward_loops, incoherent AS incoherent_feedforward_loops, three_cycles AS three_cycles
