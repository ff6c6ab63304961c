// Write a step's state.
// :param step: map -- the properties of Step
// :keeps_plan
MERGE (s:Step {name: $step.name})
SET s.state = $step.state, s.parameters = $step.parameters, s.started = $step.started, s.finished = $step.finished,
  s.token = $step.token, s.input_token = $step.input_token, s.report = $step.report
