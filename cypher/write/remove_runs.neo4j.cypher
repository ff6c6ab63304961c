// Remove all runs, which recorded nothing any more.
MATCH (r:Run) DELETE r
