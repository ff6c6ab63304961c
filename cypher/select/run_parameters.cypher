// Everything needed to repeat a run, as JSON.
// :param run_id: str -- the run
// :returns run_id: str, parameters: str
// :needs load
MATCH (run:Run {run_id: $run_id})
RETURN run.run_id AS run_id, run.parameters AS parameters ORDER BY run_id
