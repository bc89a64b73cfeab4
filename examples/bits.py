"""Two instructions of x86-64 as operators: BLSR, which is pure, and RDTSC, which has an effect."""

from __future__ import annotations

import time

from seaofnodes.backend.instruction import fixed, register, same_as_first
from seaofnodes.backend.layout import RAX, RDX
from seaofnodes.backend.select.selector import Selector
from seaofnodes.ir.dialect import Dialect
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Shape
from seaofnodes.ir.types import WORD64
from seaofnodes.passes.patterns import Expression, Operators, Pattern, variables
from seaofnodes.passes.rules import RuleSet

BITS = Dialect("bits", "Bits and cycles of x86-64.")
BLSR = BITS.pure("Word64Blsr", [WORD64], WORD64, lambda x: x & (x - x.constant(1)), "Clears the lowest set bit.")
RDTSC = BITS.define(
    "Rdtsc",
    Shape((), WORD64, effects=1, controls=1, effect_out=1, reads="cycles", writes="cycles"),
    "The time stamp counter.",
    execute=lambda environment, node, operands: time.perf_counter_ns(),
)


def encode_blsr(target: int, source: int) -> bytes:
    """VEX.LZ.0F38.W1 F3 /1: the target stands in vvvv, the source in rm."""
    return bytes((0xC4, 0xE2 ^ (source >> 3) << 5, 0x80 | (~target & 15) << 3, 0xF3, 0xC8 | source & 7))


@BITS.lower("Word64Blsr")
def visit_blsr(s: Selector, node: Node) -> None:
    s.emit_encoded(encode_blsr, [register(s.vreg(node))], [s.use(node.inputs[0])])


@BITS.lower("Rdtsc")
def visit_rdtsc(s: Selector, node: Node) -> None:
    low, high, shifted = s.temp(), s.temp(), s.temp()
    s.emit_encoded(lambda *_: b"\x0f\x31", [fixed(low, RAX), fixed(high, RDX)], [])
    s.emit("SHL_r64_i8", [same_as_first(shifted)], [register(high)], 32)
    s.define_same(node, "OR_r64_r64", [register(shifted), register(low)])


RULES = RuleSet("bits")
(x,) = variables("x")
o = Operators()


@RULES.rule(o.Word64And(o.Int64Add(x, -1), x))
def clear_lowest() -> Expression:
    """(x - 1) & x is BLSR."""
    return Pattern(BLSR)(x)
