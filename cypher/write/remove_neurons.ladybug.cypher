// Remove all neurons, with their table.
DROP TABLE IF EXISTS Neuron
