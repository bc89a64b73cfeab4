"""Templates of bytecodes, by subject."""
