// Merge all rows of each ordered pair into one connection, each row signed by its own transmitter: rows of opposite
// sign cancel, so weight can be below syn_count.
// :param excitatory: list[str] -- transmitters of sign +1
// :param inhibitory: list[str] -- transmitters of sign -1
// :param unknown_sign: int -- sign of a row whose transmitter is not known: none of the six, nor in those lists
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
WITH pre, post, sum(s.syn_count) AS synapses, count(*) AS merged,
    sum(CASE
      WHEN s.nt_type IN $excitatory THEN s.syn_count
      WHEN s.nt_type IN $inhibitory THEN -s.syn_count
      WHEN s.nt_type IN ['ACH', 'GABA', 'GLUT', 'DA', 'SER', 'OCT'] THEN 0
      ELSE s.syn_count * $unknown_sign
    END) AS signed
CREATE (pre)-[:CONNECTS {
  syn_count: synapses, weight_signed: signed, weight: abs(signed), n_rows: merged
}]->(post)
