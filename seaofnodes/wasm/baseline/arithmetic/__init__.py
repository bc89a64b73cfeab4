"""Numeric instructions."""
