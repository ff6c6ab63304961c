// Merge all rows of each ordered pair into one connection, signed by its presynaptic neuron.
// :param neuropils: list[str] = [] -- only rows of these neuropils; all when empty
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (pre:Neuron)
WHERE pre.root_id >= $first_id AND pre.root_id <= $last_id
MATCH (pre)-[s:SYNAPSES]->(post:Neuron)
WHERE size($neuropils) = 0 OR s.neuropil IN $neuropils
WITH pre, post, sum(s.syn_count) AS synapses, count(*) AS merged
CREATE (pre)-[:CONNECTS {
  syn_count: synapses, weight_signed: synapses * coalesce(pre.sign, 0), weight: synapses * abs(coalesce(pre.sign, 0)),
  n_rows: merged
}]->(post)
