"""What was done to a graph, and how two differ."""
