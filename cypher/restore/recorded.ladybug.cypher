// Put back records of runs from a backup.
// :param rows: table -- every column of backup/recorded
COPY RECORDED FROM $rows
