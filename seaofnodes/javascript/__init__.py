"""JavaScript: from source text to bytecode."""
