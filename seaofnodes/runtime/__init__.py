"""Engines, instances, tiers, memory, traps, host calls."""
