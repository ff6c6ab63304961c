// Add rows of the published file.
// :param rows: table -- pre_root_id, post_root_id, neuropil, syn_count, nt_type
UNWIND $rows AS r
MATCH (pre:Neuron {root_id: r.pre_root_id})
MATCH (post:Neuron {root_id: r.post_root_id})
CREATE (pre)-[:SYNAPSES {neuropil: r.neuropil, syn_count: r.syn_count, nt_type: r.nt_type}]->(post)
