// The properties that the graph's tables have.
// :returns label: str, property: str
CALL table_info('Neuron') RETURN 'Neuron' AS label, name AS property
UNION ALL
CALL table_info('Run') RETURN 'Run' AS label, name AS property
UNION ALL
CALL table_info('Dataset') RETURN 'Dataset' AS label, name AS property
UNION ALL
CALL table_info('Step') RETURN 'Step' AS label, name AS property
UNION ALL
CALL table_info('SYNAPSES') RETURN 'SYNAPSES' AS label, name AS property
UNION ALL
CALL table_info('CONNECTS') RETURN 'CONNECTS' AS label, name AS property
UNION ALL
CALL table_info('RECORDED') RETURN 'RECORDED' AS label, name AS property
