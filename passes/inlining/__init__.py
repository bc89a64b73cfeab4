"""Inlining of calls, guessed ones included."""
