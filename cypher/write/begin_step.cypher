// Write that a step runs, unless another one does: every step is locked before it is looked at, so that of two clients
// that begin at once only the first writes.
// :param step: map -- the properties of Step
// :param ended: list[str] -- tokens of processes that ended before their steps did
// :keeps_plan
OPTIONAL MATCH (other:Step)
SET other.finished = other.finished
WITH sum(CASE WHEN other.state = 'running' AND NOT other.token IN $ended THEN 1 ELSE 0 END) AS running
WHERE running = 0
MERGE (s:Step {name: $step.name})
WITH s WHERE s.state IS NULL OR s.state <> 'running' OR s.token IN $ended
SET s.state = $step.state, s.parameters = $step.parameters, s.started = $step.started, s.finished = $step.finished,
  s.token = $step.token, s.input_token = $step.input_token, s.report = $step.report
