"""Reducing a failing case."""
