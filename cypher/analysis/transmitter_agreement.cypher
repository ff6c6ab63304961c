// How the predicted transmitters agree with the published ones: a row for each combination that occurs.
// :returns nt_type: str?, nt_type_published: str?, agree: bool, neurons: int, synapses: int
// :needs predict
MATCH (n:Neuron)
RETURN n.nt_type AS nt_type, n.nt_type_published AS nt_type_published,
  coalesce(n.nt_type = n.nt_type_published, n.nt_type IS NULL AND n.nt_type_published IS NULL) AS agree,
  count(*) AS neurons, sum(n.output_synapses) AS synapses
ORDER BY neurons DESC, coalesce(nt_type, '') + '|' + coalesce(nt_type_published, '')
