// How many neurons each downstream and upstream level holds.
// :returns direction: str, level: int, neurons: int
// :needs load
MATCH (n:Neuron) WHERE n.downstream IS NOT NULL
RETURN 'downstream' AS direction, n.downstream AS level, count(*) AS neurons
UNION ALL
MATCH (n:Neuron) WHERE n.upstream IS NOT NULL
RETURN 'upstream' AS direction, n.upstream AS level, count(*) AS neurons
