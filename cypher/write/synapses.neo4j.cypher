// Add rows of the published file. Rows that stand together by their presynaptic neuron look it up once.
// :param rows: table -- pre_root_id, post_root_id, neuropil, syn_count, nt_type
UNWIND $rows AS row
WITH row.pre_root_id AS pre_root_id, collect(row) AS together
MATCH (pre:Neuron {root_id: pre_root_id})
UNWIND together AS r
MATCH (post:Neuron {root_id: r.post_root_id})
CREATE (pre)-[:SYNAPSES {neuropil: r.neuropil, syn_count: r.syn_count, nt_type: r.nt_type}]->(post)
