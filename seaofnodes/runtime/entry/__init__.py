"""Entering and leaving machine code."""
