// How many neurons share each combination of class, type, side and transmitter.
// :returns super_class: str?, cell_class: str?, cell_type: str?, side: str?, nt_type: str?, neurons: int
// :needs load
MATCH (n:Neuron)
RETURN n.super_class AS super_class, n.cell_class AS cell_class, n.cell_type AS cell_type, n.side AS side,
  n.nt_type AS nt_type, count(*) AS neurons
ORDER BY neurons DESC, coalesce(super_class, '') + '|' + coalesce(cell_class, '') + '|' + coalesce(cell_type, '') + '|'
  + coalesce(side, '') + '|' + coalesce(nt_type, '')
