// Put back neurons from a backup.
// :param rows: table -- every column of backup/neuron
COPY Neuron FROM $rows
