// Level 0 of both directions are the targets, and no level is beyond the depth. Else: repeat graphkit mark.
// :param depth: int -- the depth that was marked
// :param limit: int = 100 -- findings returned at most
// :returns root_id: int?, other_root_id: int?, found: float?, expected: float?
// :needs mark
MATCH (n:Neuron)
WHERE (coalesce(n.downstream, -1) = 0) <> n.is_target OR (coalesce(n.upstream, -1) = 0) <> n.is_target
  OR coalesce(n.downstream, 0) > $depth OR coalesce(n.upstream, 0) > $depth
RETURN n.root_id AS root_id, null AS other_root_id, n.downstream * 1.0 AS found, null AS expected
ORDER BY root_id
LIMIT $limit
