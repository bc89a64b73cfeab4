"""Structs, arrays and i31 between the engine and Python."""
