"""What programs run in: instances, memories, tables, globals, tags, host functions, linking."""
