// Add rows of the published file. Rows that stand together by their presynaptic neuron look it up once.
// :param rows: table -- pre_root_id, post_root_id, neuropil, syn_count, nt_type
// :keeps_plan
UNWIND range(0, size($rows.pre_root_id) - 1) AS i
WITH $rows.pre_root_id[i] AS pre_root_id, collect(i) AS together
MATCH (pre:Neuron {root_id: pre_root_id})
UNWIND together AS i
MATCH (post:Neuron {root_id: $rows.post_root_id[i]})
CREATE (pre)-[:SYNAPSES {neuropil: $rows.neuropil[i], syn_count: $rows.syn_count[i], nt_type: $rows.nt_type[i]}]->(post)
