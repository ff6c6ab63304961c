// Add neurons that are not in the graph yet.
// :param rows: table -- the file's columns of Neuron, its counts of synapses, and that it is not marked
UNWIND $rows AS r
CREATE (n:Neuron {root_id: r.root_id})
SET
  n.flow = r.flow,
  n.super_class = r.super_class,
  n.cell_class = r.cell_class,
  n.sub_class = r.sub_class,
  n.cell_type = r.cell_type,
  n.additional_types = r.additional_types,
  n.hemilineage = r.hemilineage,
  n.side = r.side,
  n.nerve = r.nerve,
  n.neuropil_group = r.neuropil_group,
  n.nt_type_published = r.nt_type_published,
  n.nt_score = r.nt_score,
  n.da_avg = r.da_avg,
  n.ser_avg = r.ser_avg,
  n.gaba_avg = r.gaba_avg,
  n.glut_avg = r.glut_avg,
  n.ach_avg = r.ach_avg,
  n.oct_avg = r.oct_avg,
  n.input_synapses = r.input_synapses,
  n.output_synapses = r.output_synapses,
  n.is_target = r.is_target,
  n.functional_nucleus = r.functional_nucleus
