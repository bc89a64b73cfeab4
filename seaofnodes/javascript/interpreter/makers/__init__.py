"""What makes operations of instructions, a file for each group of opcodes."""
