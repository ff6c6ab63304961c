// How many neurons each downstream and upstream level holds.
// :returns direction: str, level: int, neurons: int
// :needs mark
MATCH (n:Neuron)
WHERE n.downstream IS NOT NULL OR n.upstream IS NOT NULL
UNWIND ['downstream', 'upstream'] AS direction
WITH direction, CASE WHEN direction = 'downstream' THEN n.downstream ELSE n.upstream END AS level
WHERE level IS NOT NULL
RETURN direction AS direction, level AS level, count(*) AS neurons
ORDER BY level, direction
