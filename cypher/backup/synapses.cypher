// All rows of the published files, with every property.
// On a whole brain it takes some seconds.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to read
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to read
// :returns pre_root_id: int, post_root_id: int, neuropil: str?, syn_count: int?, nt_type: str?
MATCH (a:Neuron)-[x:SYNAPSES]->(b:Neuron)
WHERE a.root_id >= $first_id AND a.root_id <= $last_id
RETURN a.root_id AS pre_root_id, b.root_id AS post_root_id, x.neuropil AS neuropil, x.syn_count AS syn_count,
  x.nt_type AS nt_type
ORDER BY pre_root_id, post_root_id, syn_count, coalesce(neuropil, '') + '|' + coalesce(nt_type, '')
