// Neurons without any connection.
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns root_id: int, cell_type: str?, super_class: str?
// :needs merge
MATCH (n:Neuron)
WHERE NOT EXISTS { MATCH (n)-[o:CONNECTS]->(:Neuron) WHERE o.syn_count >= $min_synapses }
  AND NOT EXISTS { MATCH (:Neuron)-[i:CONNECTS]->(n) WHERE i.syn_count >= $min_synapses }
RETURN n.root_id AS root_id, n.cell_type AS cell_type, n.super_class AS super_class
ORDER BY root_id
