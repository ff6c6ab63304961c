// The neuropils of the loaded rows, with their rows and synapses.
// :returns neuropil: str, rows: int, synapses: int
// :needs load
MATCH (:Neuron)-[s:SYNAPSES]->(:Neuron)
WHERE s.neuropil IS NOT NULL
RETURN s.neuropil AS neuropil, count(*) AS rows, sum(s.syn_count) AS synapses
ORDER BY neuropil
