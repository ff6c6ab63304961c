// Find the neurons of a downstream level.
CREATE INDEX neuron_downstream IF NOT EXISTS FOR (n:Neuron) ON (n.downstream)
