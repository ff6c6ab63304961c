// Remove the notes on what was loaded.
MATCH (d:Dataset) DELETE d
