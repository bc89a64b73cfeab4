"""A language for tests, and a rule that its programs seldom meet. A program is a function of one word: an operation and
a constant a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Self

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import WORD32
from seaofnodes.language import Frame, FunctionInfo, Language, Lifter, Value
from seaofnodes.passes.patterns import Expression, Operators, constants, variables
from seaofnodes.passes.rules.declare import RuleSet

OPS = {"add": m.INT32_ADD, "mul": m.INT32_MUL, "and": m.WORD32_AND, "or": m.WORD32_OR, "xor": m.WORD32_XOR}
RULES = RuleSet("rare")
(x,) = variables("x")
C, D, E = constants("C D E")
o = Operators()


@RULES.rule(o.Word32And(o.Int32Mul(o.Word32Xor(x, C), D), E), where=(D & 1).eq(0) & E.eq(1))
def rare() -> Expression:
    """An even number's lowest bit is 0."""
    return o.Word32And(x, 0)


class Steps(Language):
    """See above. Attributes: code: operation and constant of each line."""

    suffix = ".steps"

    def __init__(self, code: list[tuple[str, int]]) -> None:
        self.code = code
        self.functions = [FunctionInfo("f", (WORD32,), (WORD32,), len(code))]

    @classmethod
    def read(cls, text: str) -> Self:
        return cls([(op, int(number)) for op, number in map(str.split, text.splitlines())])

    @classmethod
    def draw(cls, random: Random) -> tuple[str, list[tuple[str, list[str]]]]:
        lines = [f"{random.choice(list(OPS))} {random.randrange(8)}" for _ in range(random.randint(3, 8))]
        return "\n".join(lines), [("f", [str(random.randrange(100))])] * 15

    def invoke(self, name: str, arguments: Sequence[str]) -> str:
        return str(self.program.call(0, int(arguments[0]))[0])

    def lift(self, function: int, start: int) -> Graph:
        lifter = Lifter("f", (WORD32,), (WORD32,), function=0)
        lifter.values = [lifter.parameter(0)]

        def step(offset: int) -> None:
            if offset == len(self.code):
                lifter.return_(*lifter.values)
                return
            op, number = self.code[offset]
            lifter.values = [lifter.op(OPS[op], lifter.values[0], lifter.graph.int32(number))]

        return lifter.run(range(len(self.code) + 1), step)

    def interpret(self, function: int, arguments: tuple[Value, ...]) -> Sequence[Value]:
        value = int(arguments[0])
        for op, b in self.code:
            value = {"add": value + b, "mul": value * b, "and": value & b, "or": value | b, "xor": value ^ b}[op]
        return ((value & 0xFFFFFFFF ^ 1 << 31) - (1 << 31),)

    def resume(self, frame: Frame) -> Sequence[Value]:
        raise AssertionError("nothing is guessed")
