"""The bytecode of a register machine with an accumulator, after Ignition."""
