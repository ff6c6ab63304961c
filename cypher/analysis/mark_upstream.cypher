// Mark one level: neurons one connection upstream of the level before that no earlier level reached.
// :param level: int -- the level to mark, from 1
// :param min_synapses: int = 1 -- smallest connection followed, inclusive
// :param min_input_share: float = 0.0 -- smallest share of the postsynaptic neuron's input, inclusive
// :param sign: int = 0 -- follow only excitatory (1) or inhibitory (-1) connections; 0: all
// :counts neurons
MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE post.upstream = $level - 1
  AND c.syn_count >= $min_synapses
  AND ($min_input_share = 0.0 OR c.syn_count * 1.0 / post.input_synapses >= $min_input_share)
  AND ($sign = 0 OR c.weight_signed * $sign > 0)
WITH DISTINCT pre AS reached
WHERE reached.upstream IS NULL
SET reached.upstream = $level
RETURN count(reached) AS neurons
