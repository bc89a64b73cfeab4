"""Tier-up: feedback, speculation, compiling, the compiler's thread."""
