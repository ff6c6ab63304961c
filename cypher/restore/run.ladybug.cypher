// Put back runs from a backup.
// :param rows: table -- every column of backup/run
COPY Run FROM $rows
