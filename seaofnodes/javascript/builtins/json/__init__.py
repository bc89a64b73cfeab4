"""JSON: parsing and serialization (ECMA-262, section 25.5)."""
