// Put back notes on what was loaded from a backup.
// :param rows: table -- every column of backup/dataset
UNWIND $rows AS r
CREATE (x:Dataset)
SET x = r
