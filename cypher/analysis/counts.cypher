// How much the graph holds.
// :returns neurons: int, rows: int, synapses: int, connections: int
OPTIONAL MATCH (n:Neuron)
WITH count(n) AS neuron_count
OPTIONAL MATCH (:Neuron)-[s:SYNAPSES]->(:Neuron)
WITH neuron_count, count(s) AS row_count, coalesce(sum(s.syn_count), 0) AS synapse_count
OPTIONAL MATCH (:Neuron)-[c:CONNECTS]->(:Neuron)
RETURN neuron_count AS neurons, row_count AS rows, synapse_count AS synapses, count(c) AS connections
