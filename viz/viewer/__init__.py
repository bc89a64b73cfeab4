"""The graph viewer: one HTML file that shows a compilation, phase by phase and step by step."""
