// Forget that a step was run.
// :param name: str -- the step
MATCH (s:Step {name: $name}) DELETE s
