"""Objects, functions, booleans, symbols, errors, functions of the global object (ECMA-262, sections 19 and 20)."""
