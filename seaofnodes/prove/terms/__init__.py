"""Operators' meanings as terms of a solver."""
