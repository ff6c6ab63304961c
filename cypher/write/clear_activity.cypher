// Take every run off the neurons, or every one but the one that was just written over them.
// :param kept: str = '' -- the run that stays
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id AND n.run_id <> $kept
SET n.run_id = null, n.spike_count = null, n.rate_hz = null, n.spike_times_ms = null
