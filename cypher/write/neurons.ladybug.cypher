// Add neurons that are not in the graph yet, whole rows.
// :param rows: table -- every column of Neuron, in the schema's order
COPY Neuron FROM $rows
