"""Running typed functions without machine code: in CPython, and in the graph evaluator."""
