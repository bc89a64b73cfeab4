"""Proxy objects (ECMA-262, sections 10.5 and 28.2)."""
