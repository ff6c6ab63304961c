// The neurons with the most connections, in and out together.
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :param limit: int = 20 -- neurons returned at most
// :returns root_id: int, cell_type: str?, super_class: str?, nt_type: str?, degree: int, in_degree: int
// :returns out_degree: int, synapses_in: int, synapses_out: int
// :needs merge
MATCH (n:Neuron)
OPTIONAL MATCH (n)-[o:CONNECTS]->(:Neuron) WHERE o.syn_count >= $min_synapses
WITH n, count(o) AS out_degree, coalesce(sum(o.syn_count), 0) AS synapses_out
OPTIONAL MATCH (:Neuron)-[i:CONNECTS]->(n) WHERE i.syn_count >= $min_synapses
WITH n, out_degree, synapses_out, count(i) AS in_degree, coalesce(sum(i.syn_count), 0) AS synapses_in
RETURN n.root_id AS root_id, n.cell_type AS cell_type, n.super_class AS super_class, n.nt_type AS nt_type,
  in_degree + out_degree AS degree, in_degree AS in_degree, out_degree AS out_degree,
  synapses_in AS synapses_in, synapses_out AS synapses_out
ORDER BY degree DESC, root_id LIMIT $limit
