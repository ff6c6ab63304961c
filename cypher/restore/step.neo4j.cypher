// Put back states of the steps from a backup.
// :param rows: table -- every column of backup/step
UNWIND $rows AS r
CREATE (x:Step)
SET x = r
