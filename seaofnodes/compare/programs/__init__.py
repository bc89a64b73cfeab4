"""The programs that are compared, and calls in them: one adaptor for each kind of program."""
