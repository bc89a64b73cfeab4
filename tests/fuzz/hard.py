"""Rules and passes to aim at: rules whose conditions seldom hold, and what never fires, for three reasons."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.patterns import Expression, Operators, constants, variables
from seaofnodes.passes.rules.declare import RuleSet

RULES = RuleSet("hard")
(x,) = variables("x")
C, D = constants("C D")
o = Operators()


@RULES.rule(o.Word32Or(o.Word32Shl(x, C), o.Word32Shr(x, D)), where=(C + D).eq(32))
def rotation() -> Expression:
    """(x << C) | (x >> D) is a rotation by D."""
    return o.Word32Ror(x, D)


@RULES.rule(o.Word32And(o.Word32Xor(x, C), D), where=(C & D).eq(0) & C.ne(0) & D.ne(0))
def hidden_flip() -> Expression:
    """Bits that are masked away need not be flipped."""
    return o.Word32And(x, D)


@RULES.rule(o.Word32Xor(x, C), where=C.eq(0x12345671))
def rare_constant() -> Expression:
    """The condition holds for one number."""
    return o.Word32Xor(C, x)


@RULES.rule(o.Word32Clz(o.Word32Rol(o.Word32Ctz(x), 0x7654321)))
def unusual() -> Expression:
    """Nobody writes that, or the rules before make something else of it."""
    return o.Word32Clz(o.Word32Rol(o.Word32Ctz(x), 0x01))


@dataclass(frozen=True)
class Idle(Pass):
    """Changes nothing."""

    name = "idle"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        return PassResult(False, {"nodes": graph.next_id})


@dataclass(frozen=True)
class Renews(Pass):
    """Says that it changed something."""

    name = "renews"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        return PassResult(True)
