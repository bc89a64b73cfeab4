"""Passes that copy loop bodies."""
