// Sign the merged connections anew, each by its presynaptic neuron; those that have their sign already are not touched.
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (pre:Neuron)-[c:CONNECTS]->(:Neuron)
WHERE pre.root_id >= $first_id AND pre.root_id <= $last_id AND c.weight_signed <> c.syn_count * coalesce(pre.sign, 0)
SET c.weight_signed = c.syn_count * coalesce(pre.sign, 0), c.weight = c.syn_count * abs(coalesce(pre.sign, 0))
