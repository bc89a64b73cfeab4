"""Selection of instructions for numeric operators."""
