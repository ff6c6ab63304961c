// Put back notes on what was loaded from a backup.
// :param rows: table -- every column of backup/dataset
COPY Dataset FROM $rows
