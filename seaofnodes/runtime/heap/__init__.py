"""Objects in native memory, and the collector that frees them."""
