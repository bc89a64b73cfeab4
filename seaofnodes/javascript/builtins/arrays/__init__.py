"""Arrays and iterators over them (ECMA-262, sections 23.1 and 27.1)."""
