// How many neurons have how many connections in and out; a self-connection counts in both directions.
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns direction: str, degree: int, neurons: int
// :needs merge
MATCH (n:Neuron)
OPTIONAL MATCH (n)-[o:CONNECTS]->(:Neuron) WHERE o.syn_count >= $min_synapses
WITH n, count(o) AS out_degree
OPTIONAL MATCH (:Neuron)-[i:CONNECTS]->(n) WHERE i.syn_count >= $min_synapses
WITH n, out_degree, count(i) AS in_degree
UNWIND ['in', 'out'] AS direction
WITH direction, CASE WHEN direction = 'in' THEN in_degree ELSE out_degree END AS degree
RETURN direction AS direction, degree AS degree, count(*) AS neurons
ORDER BY degree, direction
