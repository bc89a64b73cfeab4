"""Iterator and its helpers (ECMA-262, section 27.1)."""
