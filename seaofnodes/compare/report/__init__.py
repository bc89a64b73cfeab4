"""Comparisons as text, as a page, as plots."""
