// Write a step's state.
// :param name: str -- load, predict, merge, mark or write_back
// :param state: str -- running, interrupted or done
// :param parameters: str -- what the step was asked to do, JSON
// :param started: str -- UTC time
// :param finished: str -- UTC time, empty while it runs
// :param token: str -- who runs it
// :param input_token: str -- the predecessor's run that it builds on
// :param report: str -- what it did, JSON
MERGE (s:Step {name: $name})
SET s.state = $state, s.parameters = $parameters, s.started = $started, s.finished = $finished,
  s.token = $token, s.input_token = $input_token, s.report = $report
