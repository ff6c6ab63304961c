// Decide each neuron's transmitter by a vote of its outgoing rows, weighted by synapses (Dale's law: one neuron, one
// transmitter). Rows without one of the six transmitters do not vote. A tie between transmitters of one sign takes
// the first in the order ACH, GABA, GLUT, DA, SER, OCT and is flagged; a tie across signs leaves the transmitter
// unknown. Neurons without outgoing rows are not touched, nor nt_tied, which write/clear_transmitters has cleared, of those
// without a tie: writing takes most of the time.
// :param excitatory: list[str] -- transmitters of sign +1
// :param inhibitory: list[str] -- transmitters of sign -1
// :param unknown_sign: int -- sign of a neuron whose transmitter is not known
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (n:Neuron)-[s:SYNAPSES]->(:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id
WITH n, s.nt_type AS voted, sum(s.syn_count) AS synapses
WITH n,
  sum(CASE WHEN voted = 'ACH' THEN synapses ELSE 0 END) AS ach,
  sum(CASE WHEN voted = 'GABA' THEN synapses ELSE 0 END) AS gaba,
  sum(CASE WHEN voted = 'GLUT' THEN synapses ELSE 0 END) AS glut,
  sum(CASE WHEN voted = 'DA' THEN synapses ELSE 0 END) AS da,
  sum(CASE WHEN voted = 'SER' THEN synapses ELSE 0 END) AS ser,
  sum(CASE WHEN voted = 'OCT' THEN synapses ELSE 0 END) AS oct
WITH n, ach, gaba, glut, da, ser, oct, ach + gaba + glut + da + ser + oct AS known,
  CASE
    WHEN ach >= gaba AND ach >= glut AND ach >= da AND ach >= ser AND ach >= oct THEN ach
    WHEN gaba >= glut AND gaba >= da AND gaba >= ser AND gaba >= oct THEN gaba
    WHEN glut >= da AND glut >= ser AND glut >= oct THEN glut
    WHEN da >= ser AND da >= oct THEN da
    WHEN ser >= oct THEN ser
    ELSE oct
  END AS best
WITH n, known, best,
  CASE
    WHEN best = 0 THEN null
    WHEN ach = best THEN 'ACH'
    WHEN gaba = best THEN 'GABA'
    WHEN glut = best THEN 'GLUT'
    WHEN da = best THEN 'DA'
    WHEN ser = best THEN 'SER'
    ELSE 'OCT'
  END AS winner,
  CASE WHEN ach = best THEN 1 ELSE 0 END + CASE WHEN gaba = best THEN 1 ELSE 0 END + CASE WHEN glut = best THEN 1 ELSE 0 END
    + CASE WHEN da = best THEN 1 ELSE 0 END + CASE WHEN ser = best THEN 1 ELSE 0 END + CASE WHEN oct = best THEN 1 ELSE 0 END AS winners,
  CASE WHEN (ach = best AND 'ACH' IN $excitatory)
    OR (gaba = best AND 'GABA' IN $excitatory)
    OR (glut = best AND 'GLUT' IN $excitatory)
    OR (da = best AND 'DA' IN $excitatory)
    OR (ser = best AND 'SER' IN $excitatory)
    OR (oct = best AND 'OCT' IN $excitatory) THEN 1 ELSE 0 END AS excitatory,
  CASE WHEN (ach = best AND 'ACH' IN $inhibitory)
    OR (gaba = best AND 'GABA' IN $inhibitory)
    OR (glut = best AND 'GLUT' IN $inhibitory)
    OR (da = best AND 'DA' IN $inhibitory)
    OR (ser = best AND 'SER' IN $inhibitory)
    OR (oct = best AND 'OCT' IN $inhibitory) THEN 1 ELSE 0 END AS inhibitory,
  CASE WHEN (ach = best AND NOT 'ACH' IN $excitatory AND NOT 'ACH' IN $inhibitory)
    OR (gaba = best AND NOT 'GABA' IN $excitatory AND NOT 'GABA' IN $inhibitory)
    OR (glut = best AND NOT 'GLUT' IN $excitatory AND NOT 'GLUT' IN $inhibitory)
    OR (da = best AND NOT 'DA' IN $excitatory AND NOT 'DA' IN $inhibitory)
    OR (ser = best AND NOT 'SER' IN $excitatory AND NOT 'SER' IN $inhibitory)
    OR (oct = best AND NOT 'OCT' IN $excitatory AND NOT 'OCT' IN $inhibitory) THEN 1 ELSE 0 END AS neither
WITH n, best > 0 AND winners > 1 AS tied,
  CASE WHEN known = 0 THEN 'none' ELSE 'vote' END AS source,
  CASE WHEN known = 0 THEN null ELSE best * 1.0 / known END AS confidence,
  CASE WHEN excitatory + inhibitory + neither > 1 THEN null ELSE winner END AS nt
WITH n, tied, source, confidence, nt,
  CASE
    WHEN nt IS NULL THEN $unknown_sign
    WHEN nt IN $excitatory THEN 1
    WHEN nt IN $inhibitory THEN -1
    ELSE 0
  END AS sign
SET n.nt_type = nt, n.nt_confidence = confidence, n.nt_source = source, n.sign = sign
WITH n, tied WHERE tied
SET n.nt_tied = true
