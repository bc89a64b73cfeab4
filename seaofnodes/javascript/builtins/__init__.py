"""The built-in library of ECMA-262, as tables of Python functions."""
