// Merge all rows of each ordered pair into one connection, signed by its presynaptic neuron.
// :param neuropils: list[str] = [] -- only rows of these neuropils; all when empty
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
COPY CONNECTS FROM (
  MATCH (pre:Neuron)-[s:SYNAPSES]->(post:Neuron)
  WHERE size($neuropils) = 0 OR s.neuropil IN $neuropils
  // Grouping by the nodes would take twice the memory: a group then holds them and every property asked of them.
  // A condition on pre up there would take a third more time.
  WITH pre.root_id AS pre_root_id, post.root_id AS post_root_id, coalesce(pre.sign, 0) AS sign, s.syn_count AS syn_count
  WHERE pre_root_id >= $first_id AND pre_root_id <= $last_id
  WITH pre_root_id, post_root_id, sign, CAST(sum(syn_count), 'INT64') AS synapses, count(*) AS merged
  RETURN pre_root_id, post_root_id, synapses, synapses * sign, synapses * abs(sign), merged
)
