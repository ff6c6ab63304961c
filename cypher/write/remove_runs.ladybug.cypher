// Remove all runs, with their table.
DROP TABLE IF EXISTS Run
