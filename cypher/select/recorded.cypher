// What a run recorded of each neuron, in the order of a circuit's groups.
// :param run_id: str -- the run
// :returns root_id: int, is_target: bool?, downstream: int?, functional_nucleus: bool?, spike_times_ms: list[float]?, spike_trials: list[int]?, latest_times_ms: list[float]?
// :needs load
MATCH (run:Run {run_id: $run_id})-[r:RECORDED]->(n:Neuron)
RETURN n.root_id AS root_id, n.is_target AS is_target, n.downstream AS downstream,
  n.functional_nucleus AS functional_nucleus, r.spike_times_ms AS spike_times_ms, r.spike_trials AS spike_trials,
  CASE WHEN n.run_id = run.run_id THEN n.spike_times_ms ELSE null END AS latest_times_ms
ORDER BY coalesce(is_target, false) DESC, coalesce(downstream, 1000000), coalesce(functional_nucleus, false) DESC, root_id
