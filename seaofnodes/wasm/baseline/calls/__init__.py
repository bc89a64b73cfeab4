"""Calls, throws, and the addresses they go to."""
