// Remove all recorded, with their table.
DROP TABLE IF EXISTS RECORDED
