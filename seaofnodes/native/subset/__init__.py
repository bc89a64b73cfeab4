"""The subset of Python: reading a function, resolving its names, checking its types."""
