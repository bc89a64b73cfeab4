"""Passes for seaofnodes."""
