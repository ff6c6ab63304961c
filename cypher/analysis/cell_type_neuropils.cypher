// In which neuropils cell types have their input and output synapses.
// :param cell_types: list[str] = [] -- only these cell types; all when empty
// :returns cell_type: str?, neuropil: str?, input_synapses: int, output_synapses: int
// :needs load
MATCH (pre:Neuron)-[s:SYNAPSES]->(post:Neuron)
UNWIND ['input', 'output'] AS direction
WITH s, direction, CASE WHEN direction = 'input' THEN post.cell_type ELSE pre.cell_type END AS cell_type
WHERE size($cell_types) = 0 OR cell_type IN $cell_types
RETURN cell_type AS cell_type, s.neuropil AS neuropil,
  sum(CASE WHEN direction = 'input' THEN s.syn_count ELSE 0 END) AS input_synapses,
  sum(CASE WHEN direction = 'output' THEN s.syn_count ELSE 0 END) AS output_synapses
ORDER BY coalesce(cell_type, '') + '|' + coalesce(neuropil, '')
