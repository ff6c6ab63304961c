// Write a run, or what is known of it now.
// :param run_id: str -- unique name
// :param created: str -- UTC time
// :param model: str -- preset or model name
// :param engine: str -- simulator
// :param parameters: str -- everything needed to repeat the run, JSON
// :param seed: int -- random seed
// :param trials: int -- number of trials
// :param duration_ms: float -- simulated time of one trial
// :param neurons: int -- neurons of the circuit
// :param spikes: int -- spikes of all trials
// :param dataset: str -- dataset name and version
// :param graphkit_version: str -- version that ran it
// :keeps_plan
MERGE (r:Run {run_id: $run_id})
SET r.created = $created, r.model = $model, r.engine = $engine, r.parameters = $parameters, r.seed = $seed,
  r.trials = $trials, r.duration_ms = $duration_ms, r.neurons = $neurons, r.spikes = $spikes, r.dataset = $dataset,
  r.graphkit_version = $graphkit_version
