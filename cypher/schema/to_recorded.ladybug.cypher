// What each run recorded of each neuron.
CREATE REL TABLE IF NOT EXISTS RECORDED (
  FROM Run TO Neuron,
  spike_count INT64,
  rate_hz DOUBLE,
  rate_sd_hz DOUBLE,
  first_spike_ms DOUBLE,
  spike_times_ms DOUBLE[],
  spike_trials INT64[]
)
