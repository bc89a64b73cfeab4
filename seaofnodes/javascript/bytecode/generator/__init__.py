"""From syntax trees to bytecode: one file for each kind of thing that a program may have."""
