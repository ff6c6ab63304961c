// Put back runs from a backup.
// :param rows: table -- every column of backup/run
UNWIND $rows AS r
CREATE (x:Run)
SET x = r
