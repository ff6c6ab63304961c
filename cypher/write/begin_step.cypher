// Write that a step runs, unless another one does: every step is locked before it is looked at, so that of two clients
// that begin at once only the first writes.
// :param name: str -- load, predict, merge, mark or write_back
// :param state: str -- running
// :param parameters: str -- what the step was asked to do, JSON
// :param started: str -- UTC time
// :param finished: str -- empty
// :param token: str -- who runs it
// :param input_token: str -- the predecessor's run that it builds on
// :param report: str -- empty, JSON
// :param ended: list[str] -- tokens of processes that ended before their steps did
OPTIONAL MATCH (other:Step)
SET other.finished = other.finished
WITH sum(CASE WHEN other.state = 'running' AND NOT other.token IN $ended THEN 1 ELSE 0 END) AS running
WHERE running = 0
MERGE (s:Step {name: $name})
WITH s WHERE s.state IS NULL OR s.state <> 'running' OR s.token IN $ended
SET s.state = $state, s.parameters = $parameters, s.started = $started, s.finished = $finished,
  s.token = $token, s.input_token = $input_token, s.report = $report
