// All runs, with every property.
// :returns run_id: str, created: str?, model: str?, engine: str?, parameters: str?, seed: int?, trials: int?
// :returns duration_ms: float?, neurons: int?, spikes: int?, dataset: str?, graphkit_version: str?
MATCH (x:Run)
RETURN x.run_id AS run_id, x.created AS created, x.model AS model, x.engine AS engine, x.parameters AS parameters,
  x.seed AS seed, x.trials AS trials, x.duration_ms AS duration_ms, x.neurons AS neurons, x.spikes AS spikes,
  x.dataset AS dataset, x.graphkit_version AS graphkit_version
ORDER BY run_id
