// Put back states of the steps from a backup.
// :param rows: table -- every column of backup/step
COPY Step FROM $rows
