// Put back rows of the published files from a backup.
// :param rows: table -- every column of backup/synapses
COPY SYNAPSES FROM $rows
