"""ArrayBuffer, typed arrays, DataView (ECMA-262, sections 23.2, 25.1, 25.3)."""
