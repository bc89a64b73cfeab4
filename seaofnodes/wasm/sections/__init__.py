"""Sections of a module in the binary format, decoded and validated: a function each, in a file of its kind."""
