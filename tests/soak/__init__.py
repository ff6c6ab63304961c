"""Long trials of what a graph has to survive, run by `make soak`."""
