// How much the graph holds.
// :returns neurons: int, rows: int, synapses: int, connections: int
MATCH (:Neuron)-[s:SYNAPSES]->(:Neuron)
WITH count(*) AS row_count, coalesce(sum(s.syn_count), 0) AS synapse_count
RETURN COUNT { MATCH (:Neuron) } AS neurons, row_count AS rows, synapse_count AS synapses,
  COUNT { MATCH (:Neuron)-[:CONNECTS]->(:Neuron) } AS connections
