"""The abstract operations of ECMA-262 (sections 7 and 13) on values: conversions, operators, calls, iterators."""
