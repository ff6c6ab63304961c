// Merge all rows of each ordered pair into one connection, signed by its presynaptic neuron.
// :param neuropils: list[str] = [] -- only rows of these neuropils; all when empty
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
// :param parts: int = 1 -- into how many parts neurons are dealt; two sessions write different parts side by side
// :param part: int = 0 -- one of the parts
// :param other_part: int = 0 -- only connections between it and this one are written
MATCH (pre:Neuron)
// id() is the server's own number of a node, known without reading it.
WHERE pre.root_id >= $first_id AND pre.root_id <= $last_id AND id(pre) % $parts IN [$part, $other_part]
MATCH (pre)-[s:SYNAPSES]->(post) // a neuron: looking whether it is takes a tenth of the time of reading
WHERE id(post) % $parts = $part + $other_part - id(pre) % $parts
  AND (size($neuropils) = 0 OR s.neuropil IN $neuropils)
WITH pre, post, sum(s.syn_count) AS synapses, count(*) AS merged
CREATE (pre)-[:CONNECTS {
  syn_count: synapses, weight_signed: synapses * coalesce(pre.sign, 0), weight: synapses * abs(coalesce(pre.sign, 0)),
  n_rows: merged
}]->(post)
