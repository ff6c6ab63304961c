// Write what a run recorded of each neuron.
// :param rows: table -- run_id, root_id and the columns of RECORDED
COPY RECORDED FROM $rows
