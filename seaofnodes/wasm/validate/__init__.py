"""Validation of bodies, after the specification's appendix."""
