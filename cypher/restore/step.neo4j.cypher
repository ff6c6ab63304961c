// Put back states of the steps from a backup.
// :param rows: table -- every column of backup/step
UNWIND range(0, size($rows.name) - 1) AS i
CREATE (:Step {
  name: $rows.name[i], state: $rows.state[i], parameters: $rows.parameters[i], started: $rows.started[i],
  finished: $rows.finished[i], token: $rows.token[i], input_token: $rows.input_token[i], report: $rows.report[i]
})
