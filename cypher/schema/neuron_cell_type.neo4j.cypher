// Find neurons by cell type.
CREATE INDEX neuron_cell_type IF NOT EXISTS FOR (n:Neuron) ON (n.cell_type)
