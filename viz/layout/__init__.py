"""Pictures of blocks: the viewer's layout in Python, and the SVG made with it."""
