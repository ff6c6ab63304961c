// Remove one run, which recorded nothing any more.
// :param run_id: str -- the run
MATCH (r:Run {run_id: $run_id}) DELETE r
