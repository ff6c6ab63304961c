// Merge all rows of each ordered pair into one connection, each row signed by its own transmitter: rows of opposite
// sign cancel, so weight can be below syn_count.
// :param excitatory: list[str] -- transmitters of sign +1
// :param inhibitory: list[str] -- transmitters of sign -1
// :param unknown_sign: int -- sign of a row whose transmitter is not known: none of the six, nor in those lists
// :param neuropils: list[str] = [] -- only rows of these neuropils; all when empty
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
COPY CONNECTS FROM (
  MATCH (pre:Neuron)-[s:SYNAPSES]->(post:Neuron)
  WHERE size($neuropils) = 0 OR s.neuropil IN $neuropils
  WITH pre.root_id AS pre_root_id, post.root_id AS post_root_id, s.syn_count AS syn_count,
    CASE
      WHEN s.nt_type IN $excitatory THEN s.syn_count
      WHEN s.nt_type IN $inhibitory THEN -s.syn_count
      WHEN s.nt_type IN ['ACH', 'GABA', 'GLUT', 'DA', 'SER', 'OCT'] THEN 0
      ELSE s.syn_count * $unknown_sign
    END AS signed
  WHERE pre_root_id >= $first_id AND pre_root_id <= $last_id
  WITH pre_root_id, post_root_id, CAST(sum(syn_count), 'INT64') AS synapses, count(*) AS merged, sum(signed) AS weight_signed
  RETURN pre_root_id, post_root_id, synapses, weight_signed + 0, abs(weight_signed), merged
)
