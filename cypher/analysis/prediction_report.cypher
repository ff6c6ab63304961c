// How many neurons and synapses each outcome of the prediction touches.
// :returns neurons: int, excitatory: int, inhibitory: int, sign_zero: int, unknown: int, tied: int, overridden: int
// :returns output_synapses: int, synapses_of_unknown: int, synapses_of_sign_zero: int
// :needs predict
MATCH (n:Neuron)
RETURN count(*) AS neurons,
  coalesce(sum(CASE WHEN n.sign = 1 THEN 1 ELSE 0 END), 0) AS excitatory,
  coalesce(sum(CASE WHEN n.sign = -1 THEN 1 ELSE 0 END), 0) AS inhibitory,
  coalesce(sum(CASE WHEN n.sign = 0 THEN 1 ELSE 0 END), 0) AS sign_zero,
  coalesce(sum(CASE WHEN n.nt_type IS NULL THEN 1 ELSE 0 END), 0) AS unknown,
  coalesce(sum(CASE WHEN n.nt_tied = true THEN 1 ELSE 0 END), 0) AS tied,
  coalesce(sum(CASE WHEN n.nt_source = 'override' THEN 1 ELSE 0 END), 0) AS overridden,
  coalesce(sum(n.output_synapses), 0) AS output_synapses,
  coalesce(sum(CASE WHEN n.nt_type IS NULL THEN n.output_synapses ELSE 0 END), 0) AS synapses_of_unknown,
  coalesce(sum(CASE WHEN n.sign = 0 THEN n.output_synapses ELSE 0 END), 0) AS synapses_of_sign_zero
