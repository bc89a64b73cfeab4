"""A rewrite rule that is wrong for some constants: shifts add up, but not beyond the width."""

from __future__ import annotations

from seaofnodes.passes.patterns import Expression, Operators, constants, variables
from seaofnodes.passes.rules.declare import RuleSet

RULES = RuleSet("planted")
(x,) = variables("x")
C, D = constants("C D")
o = Operators()


@RULES.rule(o.Word32Shr(o.Word32Shl(x, C), D), where=C.ult(D))
def shifts_cancel() -> Expression:
    """(x << C) >> D is x >> (D - C): wrong, the upper bits are gone."""
    return o.Word32Shr(x, D - C)
