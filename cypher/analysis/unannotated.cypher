// Neurons that no annotation file says anything of but their id, those with most synapses first.
// :param limit: int = 9223372036854775807 -- rows returned at most
// :returns root_id: int, input_synapses: int, output_synapses: int
// :needs load
MATCH (n:Neuron)
WHERE n.flow IS NULL AND n.super_class IS NULL AND n.cell_class IS NULL AND n.sub_class IS NULL AND n.cell_type IS NULL
RETURN n.root_id AS root_id, n.input_synapses AS input_synapses, n.output_synapses AS output_synapses
ORDER BY input_synapses + output_synapses DESC, root_id LIMIT $limit
