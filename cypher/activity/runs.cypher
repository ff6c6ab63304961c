// The runs that were written back, latest first.
// :returns run_id: str, created: str, model: str, engine: str, seed: int, trials: int, duration_ms: float, neurons: int
// :returns spikes: int, dataset: str, latest: bool
// :needs load
MATCH (r:Run)
RETURN r.run_id AS run_id, r.created AS created, r.model AS model, r.engine AS engine, r.seed AS seed,
  r.trials AS trials, r.duration_ms AS duration_ms, r.neurons AS neurons, r.spikes AS spikes, r.dataset AS dataset,
  EXISTS { MATCH (n:Neuron) WHERE n.run_id = r.run_id } AS latest
ORDER BY created + '|' + run_id DESC
