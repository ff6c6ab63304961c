"""Long trials of what a graph has to survive; `make soak` runs them, and docs/reliability.md has their results."""
