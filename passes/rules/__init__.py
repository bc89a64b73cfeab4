"""Rewrite rules as data: `RuleSet` declares them, a `Rewriter` applies them."""

from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.rewriter import Rewriter
from seaofnodes.passes.rules.rule import Rule

__all__ = ["Rewriter", "Rule", "RuleSet"]
