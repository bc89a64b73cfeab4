"""Bytecode to graph."""
