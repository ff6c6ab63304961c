// Neurons by annotation: every condition that is given has to hold.
// :param root_ids: list[int] = [] -- only these neurons; any when empty
// :param flow: list[str] = [] -- only these values; any when empty
// :param super_class: list[str] = [] -- only these values; any when empty
// :param cell_class: list[str] = [] -- only these values; any when empty
// :param sub_class: list[str] = [] -- only these values; any when empty
// :param cell_type: list[str] = [] -- only these values; any when empty
// :param hemilineage: list[str] = [] -- only these values; any when empty
// :param side: list[str] = [] -- only these values; any when empty
// :param nerve: list[str] = [] -- only these values; any when empty
// :param nt_type: list[str] = [] -- only these values; any when empty
// :param sign: list[int] = [] -- only these signs (1, -1, 0); any when empty
// :param neuropil_group: list[str] = [] -- only these neuropil groups of the file; any when empty
// :param is_target: bool = false -- only target neurons
// :param functional_nucleus: bool = false -- only neurons of functional nuclei
// :param max_downstream: int = -1 -- only up to this downstream level, inclusive; negative: any
// :param max_upstream: int = -1 -- only up to this upstream level, inclusive; negative: any
// :param min_synapses: int = 0 -- smallest number of input and output synapses together, inclusive
// :param limit: int = 9223372036854775807 -- neurons returned at most
// :returns root_id: int, flow: str?, super_class: str?, cell_class: str?, sub_class: str?, cell_type: str?, hemilineage: str?, side: str?, nerve: str?, nt_type: str?, nt_confidence: float?, sign: int?, downstream: int?, is_target: bool?, input_synapses: int?, output_synapses: int?
// :needs load
MATCH (n:Neuron)
WHERE (size($root_ids) = 0 OR n.root_id IN $root_ids)
  AND (size($flow) = 0 OR n.flow IN $flow)
  AND (size($super_class) = 0 OR n.super_class IN $super_class)
  AND (size($cell_class) = 0 OR n.cell_class IN $cell_class)
  AND (size($sub_class) = 0 OR n.sub_class IN $sub_class)
  AND (size($cell_type) = 0 OR n.cell_type IN $cell_type)
  AND (size($hemilineage) = 0 OR n.hemilineage IN $hemilineage)
  AND (size($side) = 0 OR n.side IN $side)
  AND (size($nerve) = 0 OR n.nerve IN $nerve)
  AND (size($nt_type) = 0 OR n.nt_type IN $nt_type)
  AND (size($sign) = 0 OR n.sign IN $sign)
  AND (size($neuropil_group) = 0 OR n.neuropil_group IN $neuropil_group)
  AND ($is_target = false OR n.is_target = true)
  AND ($functional_nucleus = false OR n.functional_nucleus = true)
  AND ($max_downstream < 0 OR n.downstream <= $max_downstream)
  AND ($max_upstream < 0 OR n.upstream <= $max_upstream)
  AND n.input_synapses + n.output_synapses >= $min_synapses
RETURN n.root_id AS root_id, n.flow AS flow, n.super_class AS super_class, n.cell_class AS cell_class,
  n.sub_class AS sub_class, n.cell_type AS cell_type, n.hemilineage AS hemilineage, n.side AS side, n.nerve AS nerve,
  n.nt_type AS nt_type, n.nt_confidence AS nt_confidence, n.sign AS sign, n.downstream AS downstream,
  n.is_target AS is_target, n.input_synapses AS input_synapses, n.output_synapses AS output_synapses
ORDER BY root_id LIMIT $limit
