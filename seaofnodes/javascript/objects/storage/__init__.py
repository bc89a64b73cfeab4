"""The heap below all values: its memory as words, and the strings on it."""
