"""Programs as the commands take them: one adaptor for each kind of source file."""
