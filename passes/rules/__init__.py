"""Rewrite rules as data: `RuleSet` declares them, a `Rewriter` applies them."""

from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.facts import at_most, in_bounds, known_zeros, not_negative, one_use
from seaofnodes.passes.rules.rewriter import Rewriter
from seaofnodes.passes.rules.rule import Rule

__all__ = ["Rewriter", "Rule", "RuleSet", "at_most", "in_bounds", "known_zeros", "not_negative", "one_use"]
