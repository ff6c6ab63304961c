// One neuron per root_id; the index behind it finds neurons and ranges of them.
CREATE CONSTRAINT neuron_root_id IF NOT EXISTS FOR (n:Neuron) REQUIRE n.root_id IS UNIQUE
