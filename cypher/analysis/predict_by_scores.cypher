// Decide each neuron's transmitter by FlyWire's own rule: the best of the six mean scores, when it is above 0.2 and
// above the second by more than 0.1; else unknown. In plain 64-bit floats, as the published nt_type was made
// (Eckstein, Bates et al. 2024, 10.1016/j.cell.2024.03.016). Neurons without scores are not touched.
// :param excitatory: list[str] -- transmitters of sign +1
// :param inhibitory: list[str] -- transmitters of sign -1
// :param unknown_sign: int -- sign of a neuron whose transmitter is not known
// :param first_id: int = -9223372036854775808 -- smallest root_id of the neurons to write
// :param last_id: int = 9223372036854775807 -- largest root_id of the neurons to write
MATCH (n:Neuron)
WHERE n.root_id >= $first_id AND n.root_id <= $last_id AND n.ach_avg IS NOT NULL
WITH n, n.ach_avg AS ach, n.gaba_avg AS gaba, n.glut_avg AS glut, n.da_avg AS da, n.ser_avg AS ser, n.oct_avg AS oct
WITH n,
  CASE
    WHEN ach > 0.2 AND ach > gaba + 0.1 AND ach > glut + 0.1 AND ach > da + 0.1 AND ach > ser + 0.1 AND ach > oct + 0.1 THEN 'ACH'
    WHEN gaba > 0.2 AND gaba > ach + 0.1 AND gaba > glut + 0.1 AND gaba > da + 0.1 AND gaba > ser + 0.1 AND gaba > oct + 0.1 THEN 'GABA'
    WHEN glut > 0.2 AND glut > ach + 0.1 AND glut > gaba + 0.1 AND glut > da + 0.1 AND glut > ser + 0.1 AND glut > oct + 0.1 THEN 'GLUT'
    WHEN da > 0.2 AND da > ach + 0.1 AND da > gaba + 0.1 AND da > glut + 0.1 AND da > ser + 0.1 AND da > oct + 0.1 THEN 'DA'
    WHEN ser > 0.2 AND ser > ach + 0.1 AND ser > gaba + 0.1 AND ser > glut + 0.1 AND ser > da + 0.1 AND ser > oct + 0.1 THEN 'SER'
    WHEN oct > 0.2 AND oct > ach + 0.1 AND oct > gaba + 0.1 AND oct > glut + 0.1 AND oct > da + 0.1 AND oct > ser + 0.1 THEN 'OCT'
    ELSE null
  END AS nt,
  CASE
    WHEN ach >= gaba AND ach >= glut AND ach >= da AND ach >= ser AND ach >= oct THEN ach
    WHEN gaba >= glut AND gaba >= da AND gaba >= ser AND gaba >= oct THEN gaba
    WHEN glut >= da AND glut >= ser AND glut >= oct THEN glut
    WHEN da >= ser AND da >= oct THEN da
    WHEN ser >= oct THEN ser
    ELSE oct
  END AS best
SET n.nt_type = nt,
  n.nt_confidence = best,
  n.nt_tied = false,
  n.nt_source = 'scores',
  n.sign = CASE
    WHEN nt IS NULL THEN $unknown_sign
    WHEN nt IN $excitatory THEN 1
    WHEN nt IN $inhibitory THEN -1
    ELSE 0
  END
