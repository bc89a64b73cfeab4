"""What templates call: machine code, and Python."""
