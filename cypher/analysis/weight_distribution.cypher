// How many connections have how many synapses, by sign.
// :param min_synapses: int = 1 -- smallest connection counted, inclusive
// :returns syn_count: int, connections: int, excitatory: int, inhibitory: int, unsigned: int
// :needs merge
MATCH (:Neuron)-[c:CONNECTS]->(:Neuron)
WHERE c.syn_count >= $min_synapses
RETURN c.syn_count AS syn_count, count(*) AS connections,
  sum(CASE WHEN c.weight_signed > 0 THEN 1 ELSE 0 END) AS excitatory,
  sum(CASE WHEN c.weight_signed < 0 THEN 1 ELSE 0 END) AS inhibitory,
  sum(CASE WHEN c.weight_signed = 0 THEN 1 ELSE 0 END) AS unsigned
ORDER BY syn_count
