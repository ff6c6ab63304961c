// Keep the smallest merged pair with the dataset: the threshold that its files were published with.
MATCH (:Neuron)-[c:CONNECTS]->(:Neuron)
WITH min(c.syn_count) AS smallest
MATCH (d:Dataset)
SET d.min_syn_count = smallest
