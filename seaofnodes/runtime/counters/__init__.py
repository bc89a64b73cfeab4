"""What machine code counts."""
