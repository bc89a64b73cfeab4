"""Leaving frames: deoptimization, exceptions, backtraces."""
