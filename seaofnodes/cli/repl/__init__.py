"""JavaScript, line by line."""
