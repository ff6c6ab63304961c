// Add rows of the published file.
// :param rows: table -- pre_root_id, post_root_id, neuropil, syn_count, nt_type
COPY SYNAPSES FROM $rows
