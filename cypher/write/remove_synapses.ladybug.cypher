// Remove all synapses, with their table.
DROP TABLE IF EXISTS SYNAPSES
