"""Date: time values, their texts, and the object (ECMA-262, section 21.4)."""
