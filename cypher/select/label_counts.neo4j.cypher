// How many nodes have each of the labels that graphkit keeps a graph under.
// :returns label: str, nodes: int
MATCH (n:Dataset) RETURN 'Dataset' AS label, count(n) AS nodes
UNION ALL MATCH (n:Neuron) RETURN 'Neuron' AS label, count(n) AS nodes
UNION ALL MATCH (n:Run) RETURN 'Run' AS label, count(n) AS nodes
UNION ALL MATCH (n:Step) RETURN 'Step' AS label, count(n) AS nodes
