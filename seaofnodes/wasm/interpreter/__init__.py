"""The interpreter: the oracle for both tiers."""
