"""Loads and stores: forwarding of known values, and stores that are never read."""
