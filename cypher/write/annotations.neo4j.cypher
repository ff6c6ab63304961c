// Add annotations: what a row says replaces what the neuron had, what it leaves empty stays.
// :param rows: table -- the file's columns of Neuron
UNWIND range(0, size($rows.root_id) - 1) AS i
MERGE (n:Neuron {root_id: $rows.root_id[i]})
SET
  n.flow = coalesce($rows.flow[i], n.flow),
  n.super_class = coalesce($rows.super_class[i], n.super_class),
  n.cell_class = coalesce($rows.cell_class[i], n.cell_class),
  n.sub_class = coalesce($rows.sub_class[i], n.sub_class),
  n.cell_type = coalesce($rows.cell_type[i], n.cell_type),
  n.additional_types = coalesce($rows.additional_types[i], n.additional_types),
  n.hemilineage = coalesce($rows.hemilineage[i], n.hemilineage),
  n.side = coalesce($rows.side[i], n.side),
  n.nerve = coalesce($rows.nerve[i], n.nerve),
  n.neuropil_group = coalesce($rows.neuropil_group[i], n.neuropil_group),
  n.nt_type_published = coalesce($rows.nt_type_published[i], n.nt_type_published),
  n.nt_score = coalesce($rows.nt_score[i], n.nt_score),
  n.da_avg = coalesce($rows.da_avg[i], n.da_avg),
  n.ser_avg = coalesce($rows.ser_avg[i], n.ser_avg),
  n.gaba_avg = coalesce($rows.gaba_avg[i], n.gaba_avg),
  n.glut_avg = coalesce($rows.glut_avg[i], n.glut_avg),
  n.ach_avg = coalesce($rows.ach_avg[i], n.ach_avg),
  n.oct_avg = coalesce($rows.oct_avg[i], n.oct_avg)
