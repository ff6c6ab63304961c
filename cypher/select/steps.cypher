// The steps that were run on the graph, as they were written.
// :returns name: str, state: str, parameters: str, started: str, finished: str, token: str, input_token: str, report: str
// :keeps_plan
MATCH (s:Step)
RETURN s.name AS name, s.state AS state, s.parameters AS parameters, s.started AS started,
  s.finished AS finished, s.token AS token, s.input_token AS input_token, s.report AS report
ORDER BY name
