"""Random modules."""
