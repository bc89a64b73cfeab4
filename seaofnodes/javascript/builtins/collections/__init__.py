"""Map, Set, WeakMap, WeakSet (ECMA-262, section 24)."""
