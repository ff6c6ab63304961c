// Merge all rows of each ordered pair into one connection, signed by its presynaptic neuron.
// :param neuropils: list[str] = [] -- only rows of these neuropils; all when empty
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
COPY CONNECTS FROM (
  MATCH (pre:Neuron)-[s:SYNAPSES]->(post:Neuron)
  WHERE pre.root_id >= $first_id AND pre.root_id <= $last_id
    AND (size($neuropils) = 0 OR s.neuropil IN $neuropils)
  WITH pre, post, CAST(sum(s.syn_count), 'INT64') AS synapses, count(*) AS merged
  RETURN pre.root_id, post.root_id, synapses, synapses * coalesce(pre.sign, 0), synapses * abs(coalesce(pre.sign, 0)),
    merged, synapses * 1.0 / post.input_synapses
)
