// Mark one level: neurons one connection downstream of the level before that no earlier level reached.
// :param level: int -- the level to mark, from 1
// :param min_synapses: int = 1 -- smallest connection followed, inclusive
// :param min_input_share: float = 0.0 -- smallest share of the postsynaptic neuron's input, inclusive
// :param sign: int = 0 -- follow only excitatory (1) or inhibitory (-1) connections; 0: all
// :counts neurons
MATCH (post:Neuron)<-[c:CONNECTS]-(pre:Neuron)
WHERE pre.downstream = $level - 1 AND c.syn_count >= $min_synapses AND ($sign = 0 OR c.weight_signed * $sign > 0)
// Left to itself the engine begins at every neuron, not at the level before.
HINT (pre JOIN c) JOIN post
WITH post AS reached, max(c.syn_count) AS strongest
WHERE reached.downstream IS NULL
  AND ($min_input_share = 0.0 OR strongest * 1.0 / reached.input_synapses >= $min_input_share)
SET reached.downstream = $level
RETURN count(reached) AS neurons
