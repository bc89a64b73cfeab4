"""Rules about Gray codes."""

from __future__ import annotations

from seaofnodes.passes.patterns import Expression, Operators, variables
from seaofnodes.passes.rules import RuleSet

RULES = RuleSet("gray-code")
x, y = variables("x y")
o = Operators()


@RULES.rule(o.Word32Xor(o.Word32Xor(x, y), y))
def xor_twice() -> Expression:
    """x ^ y ^ y is x."""
    return x
