// The tables in which the engine stored floats compressed: it reads some of them as 0 where they belong to relationships.
// :returns label: str
CALL storage_info('CONNECTS') WHERE compression STARTS WITH 'FLOAT' RETURN DISTINCT 'CONNECTS' AS label
UNION ALL
CALL storage_info('RECORDED') WHERE compression STARTS WITH 'FLOAT' RETURN DISTINCT 'RECORDED' AS label
