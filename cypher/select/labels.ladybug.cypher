// The tables that the graph has.
// :returns label: str
CALL show_tables() RETURN name AS label ORDER BY label
