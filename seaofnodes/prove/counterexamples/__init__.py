"""Values to try, and what the graph evaluator makes of a rule with them."""
