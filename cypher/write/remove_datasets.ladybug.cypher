// Remove all datasets, with their table.
DROP TABLE IF EXISTS Dataset
