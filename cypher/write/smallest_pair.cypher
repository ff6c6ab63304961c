// Keep the smallest merged pair with the dataset: the threshold that its files were published with.
// :param smallest: int? -- its synapses
MATCH (d:Dataset)
SET d.min_syn_count = $smallest
