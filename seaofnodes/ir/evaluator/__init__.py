"""Running a graph in Python."""
