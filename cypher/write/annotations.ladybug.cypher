// Add annotations: what a row says replaces what the neuron had, what it leaves empty stays.
// :param rows: table -- the file's columns of Neuron
LOAD FROM $rows
WITH root_id AS id, flow AS new_flow, super_class AS new_super_class, cell_class AS new_cell_class, sub_class AS new_sub_class, cell_type AS new_cell_type, additional_types AS new_additional_types, hemilineage AS new_hemilineage, side AS new_side, nerve AS new_nerve, neuropil_group AS new_neuropil_group, nt_type_published AS new_nt_type_published, nt_score AS new_nt_score, da_avg AS new_da_avg, ser_avg AS new_ser_avg, gaba_avg AS new_gaba_avg, glut_avg AS new_glut_avg, ach_avg AS new_ach_avg, oct_avg AS new_oct_avg
MERGE (n:Neuron {root_id: id})
SET
  n.flow = coalesce(new_flow, n.flow),
  n.super_class = coalesce(new_super_class, n.super_class),
  n.cell_class = coalesce(new_cell_class, n.cell_class),
  n.sub_class = coalesce(new_sub_class, n.sub_class),
  n.cell_type = coalesce(new_cell_type, n.cell_type),
  n.additional_types = coalesce(new_additional_types, n.additional_types),
  n.hemilineage = coalesce(new_hemilineage, n.hemilineage),
  n.side = coalesce(new_side, n.side),
  n.nerve = coalesce(new_nerve, n.nerve),
  n.neuropil_group = coalesce(new_neuropil_group, n.neuropil_group),
  n.nt_type_published = coalesce(new_nt_type_published, n.nt_type_published),
  n.nt_score = coalesce(new_nt_score, n.nt_score),
  n.da_avg = coalesce(new_da_avg, n.da_avg),
  n.ser_avg = coalesce(new_ser_avg, n.ser_avg),
  n.gaba_avg = coalesce(new_gaba_avg, n.gaba_avg),
  n.glut_avg = coalesce(new_glut_avg, n.glut_avg),
  n.ach_avg = coalesce(new_ach_avg, n.ach_avg),
  n.oct_avg = coalesce(new_oct_avg, n.oct_avg)
