// Counts over the merged connections; synapses without effect are those of rows that have sign 0 or cancel.
// :returns pairs: int, rows_merged: int, pairs_of_several_rows: int, synapses: int, excitatory: int, inhibitory: int
// :returns unsigned: int, synapses_without_effect: int, smallest_pair: int?
// :needs merge
MATCH ()-[c:CONNECTS]->() // of neurons: looking whether they are takes a server a third of the time
WITH properties(c) AS c // all at once: a server looks for each property of its own from the first one on
RETURN count(*) AS pairs,
  coalesce(sum(c.n_rows), 0) AS rows_merged,
  coalesce(sum(CASE WHEN c.n_rows > 1 THEN 1 ELSE 0 END), 0) AS pairs_of_several_rows,
  coalesce(sum(c.syn_count), 0) AS synapses,
  coalesce(sum(CASE WHEN c.weight_signed > 0 THEN 1 ELSE 0 END), 0) AS excitatory,
  coalesce(sum(CASE WHEN c.weight_signed < 0 THEN 1 ELSE 0 END), 0) AS inhibitory,
  coalesce(sum(CASE WHEN c.weight_signed = 0 THEN 1 ELSE 0 END), 0) AS unsigned,
  coalesce(sum(c.syn_count - c.weight), 0) AS synapses_without_effect,
  min(c.syn_count) AS smallest_pair
