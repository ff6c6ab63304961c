// Find the neurons of an upstream level.
CREATE INDEX neuron_upstream IF NOT EXISTS FOR (n:Neuron) ON (n.upstream)
