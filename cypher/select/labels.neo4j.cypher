// The labels that the graph has.
// :returns label: str
CALL db.labels() YIELD label AS known RETURN known AS label ORDER BY label
