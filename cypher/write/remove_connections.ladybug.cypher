// Remove all connections, with their table.
DROP TABLE IF EXISTS CONNECTS
