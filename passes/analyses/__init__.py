"""What passes ask about a graph."""
