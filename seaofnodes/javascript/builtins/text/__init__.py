"""String (ECMA-262, section 22.1, and annex B.2.2)."""
