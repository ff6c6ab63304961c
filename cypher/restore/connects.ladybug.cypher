// Put back merged connections from a backup.
// :param rows: table -- every column of backup/connects
COPY CONNECTS FROM $rows
