// Put back neurons from a backup.
// :param rows: table -- every column of backup/neuron
UNWIND $rows AS r
CREATE (x:Neuron)
SET x = r
