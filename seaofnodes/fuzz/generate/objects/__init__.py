"""Random code with objects (the feature gc)."""
