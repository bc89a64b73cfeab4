"""Reading the binary format."""
