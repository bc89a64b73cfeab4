"""The essential internal methods of ordinary and exotic objects (ECMA-262, section 10)."""
