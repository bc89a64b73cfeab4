"""What is known of values: an abstract domain of words and of references, and the analysis that asks it."""
