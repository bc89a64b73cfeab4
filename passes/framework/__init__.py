"""Pipelines of passes, their registry, and what plugins bring."""
