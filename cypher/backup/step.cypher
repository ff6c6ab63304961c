// All states of the steps, with every property.
// :returns name: str, state: str?, parameters: str?, started: str?, finished: str?, token: str?, input_token: str?
// :returns report: str?
MATCH (x:Step)
RETURN x.name AS name, x.state AS state, x.parameters AS parameters, x.started AS started, x.finished AS finished,
  x.token AS token, x.input_token AS input_token, x.report AS report
ORDER BY name
