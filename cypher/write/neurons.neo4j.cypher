// Add neurons that are not in the graph yet.
// :param rows: table -- the file's columns of Neuron, what its rows sum up to, and that it is neither tied nor marked
UNWIND range(0, size($rows.root_id) - 1) AS i
CREATE (:Neuron {
  root_id: $rows.root_id[i], flow: $rows.flow[i], super_class: $rows.super_class[i],
  cell_class: $rows.cell_class[i], sub_class: $rows.sub_class[i], cell_type: $rows.cell_type[i],
  additional_types: $rows.additional_types[i], hemilineage: $rows.hemilineage[i], side: $rows.side[i],
  nerve: $rows.nerve[i], neuropil_group: $rows.neuropil_group[i], nt_type_published: $rows.nt_type_published[i],
  nt_score: $rows.nt_score[i], da_avg: $rows.da_avg[i], ser_avg: $rows.ser_avg[i], gaba_avg: $rows.gaba_avg[i],
  glut_avg: $rows.glut_avg[i], ach_avg: $rows.ach_avg[i], oct_avg: $rows.oct_avg[i],
  input_synapses: $rows.input_synapses[i], output_synapses: $rows.output_synapses[i],
  nt_known_share: $rows.nt_known_share[i], nt_tied: $rows.nt_tied[i], is_target: $rows.is_target[i],
  functional_nucleus: $rows.functional_nucleus[i]
})
