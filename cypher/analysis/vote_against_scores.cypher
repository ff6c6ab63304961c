// How the two ways to predict a transmitter agree, whichever was used: the vote of a neuron's outgoing rows against
// FlyWire's rule over its mean scores (best > 0.2, and above the second by more than 0.1). A tied vote counts
// as unknown.
// :returns by_vote: str?, by_scores: str?, agree: bool, neurons: int, synapses: int
// :needs load
MATCH (n:Neuron)
OPTIONAL MATCH (n)-[s:SYNAPSES]->(:Neuron)
WITH n,
  sum(CASE WHEN s.nt_type = 'ACH' THEN s.syn_count ELSE 0 END) AS ach_votes,
  sum(CASE WHEN s.nt_type = 'GABA' THEN s.syn_count ELSE 0 END) AS gaba_votes,
  sum(CASE WHEN s.nt_type = 'GLUT' THEN s.syn_count ELSE 0 END) AS glut_votes,
  sum(CASE WHEN s.nt_type = 'DA' THEN s.syn_count ELSE 0 END) AS da_votes,
  sum(CASE WHEN s.nt_type = 'SER' THEN s.syn_count ELSE 0 END) AS ser_votes,
  sum(CASE WHEN s.nt_type = 'OCT' THEN s.syn_count ELSE 0 END) AS oct_votes
WITH n.output_synapses AS output_synapses, n.ach_avg AS ach, n.gaba_avg AS gaba, n.glut_avg AS glut, n.da_avg AS da,
  n.ser_avg AS ser, n.oct_avg AS oct,
  CASE
    WHEN ach_votes > gaba_votes AND ach_votes > glut_votes AND ach_votes > da_votes AND ach_votes > ser_votes AND ach_votes > oct_votes THEN 'ACH'
    WHEN gaba_votes > ach_votes AND gaba_votes > glut_votes AND gaba_votes > da_votes AND gaba_votes > ser_votes AND gaba_votes > oct_votes THEN 'GABA'
    WHEN glut_votes > ach_votes AND glut_votes > gaba_votes AND glut_votes > da_votes AND glut_votes > ser_votes AND glut_votes > oct_votes THEN 'GLUT'
    WHEN da_votes > ach_votes AND da_votes > gaba_votes AND da_votes > glut_votes AND da_votes > ser_votes AND da_votes > oct_votes THEN 'DA'
    WHEN ser_votes > ach_votes AND ser_votes > gaba_votes AND ser_votes > glut_votes AND ser_votes > da_votes AND ser_votes > oct_votes THEN 'SER'
    WHEN oct_votes > ach_votes AND oct_votes > gaba_votes AND oct_votes > glut_votes AND oct_votes > da_votes AND oct_votes > ser_votes THEN 'OCT'
    ELSE null
  END AS by_vote
WITH output_synapses, by_vote,
  CASE
    WHEN ach > 0.2 AND ach > gaba + 0.1 AND ach > glut + 0.1 AND ach > da + 0.1 AND ach > ser + 0.1 AND ach > oct + 0.1 THEN 'ACH'
    WHEN gaba > 0.2 AND gaba > ach + 0.1 AND gaba > glut + 0.1 AND gaba > da + 0.1 AND gaba > ser + 0.1 AND gaba > oct + 0.1 THEN 'GABA'
    WHEN glut > 0.2 AND glut > ach + 0.1 AND glut > gaba + 0.1 AND glut > da + 0.1 AND glut > ser + 0.1 AND glut > oct + 0.1 THEN 'GLUT'
    WHEN da > 0.2 AND da > ach + 0.1 AND da > gaba + 0.1 AND da > glut + 0.1 AND da > ser + 0.1 AND da > oct + 0.1 THEN 'DA'
    WHEN ser > 0.2 AND ser > ach + 0.1 AND ser > gaba + 0.1 AND ser > glut + 0.1 AND ser > da + 0.1 AND ser > oct + 0.1 THEN 'SER'
    WHEN oct > 0.2 AND oct > ach + 0.1 AND oct > gaba + 0.1 AND oct > glut + 0.1 AND oct > da + 0.1 AND oct > ser + 0.1 THEN 'OCT'
    ELSE null
  END AS by_scores
RETURN by_vote AS by_vote, by_scores AS by_scores,
  coalesce(by_vote = by_scores, by_vote IS NULL AND by_scores IS NULL) AS agree,
  count(*) AS neurons, sum(output_synapses) AS synapses
ORDER BY neurons DESC, coalesce(by_vote, '') + '|' + coalesce(by_scores, '')
