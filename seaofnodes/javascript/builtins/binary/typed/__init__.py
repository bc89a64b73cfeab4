"""Typed arrays (ECMA-262, section 23.2)."""
