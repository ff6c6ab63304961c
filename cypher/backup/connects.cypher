// All merged connections, with every property.
// On a whole brain it takes some seconds.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to read
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to read
// :returns pre_root_id: int, post_root_id: int, syn_count: int?, weight_signed: int?, weight: int?, n_rows: int?
MATCH (a:Neuron)-[x:CONNECTS]->(b:Neuron)
WHERE a.root_id >= $first_id AND a.root_id <= $last_id
RETURN a.root_id AS pre_root_id, b.root_id AS post_root_id, x.syn_count AS syn_count,
  x.weight_signed AS weight_signed, x.weight AS weight, x.n_rows AS n_rows
ORDER BY pre_root_id, post_root_id
