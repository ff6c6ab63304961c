// Add annotations: what a row says replaces what the neuron had, what it leaves empty stays.
// :param rows: table -- the file's columns of Neuron
UNWIND $rows AS r
MERGE (n:Neuron {root_id: r.root_id})
SET
  n.flow = coalesce(r.flow, n.flow),
  n.super_class = coalesce(r.super_class, n.super_class),
  n.cell_class = coalesce(r.cell_class, n.cell_class),
  n.sub_class = coalesce(r.sub_class, n.sub_class),
  n.cell_type = coalesce(r.cell_type, n.cell_type),
  n.additional_types = coalesce(r.additional_types, n.additional_types),
  n.hemilineage = coalesce(r.hemilineage, n.hemilineage),
  n.side = coalesce(r.side, n.side),
  n.nerve = coalesce(r.nerve, n.nerve),
  n.neuropil_group = coalesce(r.neuropil_group, n.neuropil_group),
  n.nt_type_published = coalesce(r.nt_type_published, n.nt_type_published),
  n.nt_score = coalesce(r.nt_score, n.nt_score),
  n.da_avg = coalesce(r.da_avg, n.da_avg),
  n.ser_avg = coalesce(r.ser_avg, n.ser_avg),
  n.gaba_avg = coalesce(r.gaba_avg, n.gaba_avg),
  n.glut_avg = coalesce(r.glut_avg, n.glut_avg),
  n.ach_avg = coalesce(r.ach_avg, n.ach_avg),
  n.oct_avg = coalesce(r.oct_avg, n.oct_avg)
