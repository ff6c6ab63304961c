// Know RECORDED before the other types: a neuron's types stand in this order, and its first run is then added before its
// rows and connections, not behind them, which would change them as well.
CALL db.createRelationshipType('RECORDED')
