"""The reference interpreter of the bytecode: what machine code is compared with, and what it leaves to."""
