"""Instructions on objects (the feature gc) in baseline code."""
