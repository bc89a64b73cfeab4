"""Proofs of rewrite rules: by an SMT solver where it can, else by many drawn values, and said so.

Everything but `verdicts` and `report` needs the package z3-solver.
"""
