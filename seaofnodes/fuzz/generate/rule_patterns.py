"""The patterns of rewrite rules as WebAssembly code, so that random code meets every rule."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from seaofnodes.fuzz.generate.choices import edge
from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.types import FLOAT32, FLOAT64, WORD32, WORD64, Type
from seaofnodes.passes.patterns import Apply, Constant, Expression, Literal, Variable
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.wasm.lift import tables as lift_tables
from seaofnodes.wasm.types import F32, F64, I32, I64, ValType

_TYPES: Final[dict[Type, ValType]] = {WORD32: I32, WORD64: I64, FLOAT32: F32, FLOAT64: F64}
_TRIES: Final = 12  # to meet a rule's condition with constants at the edges


def _instructions() -> dict[str, int]:
    """Operator name -> the instruction that is lifted to it."""
    found: dict[str, int] = {}
    for code, (op, swapped) in lift_tables.BINARY.items():
        if not swapped:
            found.setdefault(op.name, code)
    for code, op in lift_tables.UNARY.items():
        found.setdefault(op.name, code)
    for code, op in lift_tables.DIVISION.items():
        found.setdefault(op.name, code)
    return found


_INSTRUCTIONS: Final = _instructions()


@dataclass(frozen=True, slots=True)
class Shape:
    """A rule's pattern, ready to be written. steps: in postfix order: an instruction, a (name, type) of a variable, a
    constant (name, type), or a number (bits, type).
    """

    rule: Rule
    result: ValType
    steps: tuple[tuple[str, object, ValType], ...]


def shapes(rules: Iterable[Rule]) -> dict[ValType, list[Shape]]:
    """The patterns that can be written in WebAssembly, by type of the result."""
    found: dict[ValType, list[Shape]] = {}
    for rule in rules:
        steps: list[tuple[str, object, ValType]] = []
        result = _TYPES.get(rule.pattern.op.type)
        if result is not None and _walk(rule.pattern, result, steps):
            found.setdefault(result, []).append(Shape(rule, result, tuple(steps)))
    return found


def _walk(expression: Expression, kind: ValType, steps: list[tuple[str, object, ValType]]) -> bool:
    """Append the expression's code. False if it cannot be written."""
    if isinstance(expression, Variable):
        steps.append(("variable", expression.name, kind))
    elif isinstance(expression, Constant):
        steps.append(("constant", expression.name, kind))
    elif isinstance(expression, Literal):
        steps.append(("number", expression.number & ((1 << kind.bits) - 1), kind))
    elif isinstance(expression, Apply):
        code = _INSTRUCTIONS.get(expression.op.name)
        if code is None:
            return False
        for argument, type in zip(expression.arguments, expression.op.signature, strict=True):
            wanted = _TYPES.get(type)
            if wanted is None or not _walk(argument, wanted, steps):
                return False
        steps.append(("instruction", code, kind))
    else:
        return False
    return True


def draw_constants(shape: Shape, rng: random.Random) -> dict[str, int]:
    """Bit patterns for a shape's constants; they meet the rule's condition when that is not too hard."""
    names = [(name, kind) for what, name, kind in shape.steps if what == "constant"]
    width = shape.rule.pattern.op.signature[0].bits
    found: dict[str, int] = {}
    for _ in range(_TRIES):
        found = {str(name): edge(kind, rng) for name, kind in names}
        if shape.rule.where is None:
            break
        values = {str(name): _value(kind, found[str(name)]) for name, kind in names}
        if shape.rule.where.evaluate(values, width).value:
            break
    return found


def _value(kind: ValType, bits: int) -> Bits | Float:
    return Float(kind.bits, bits) if kind.is_float else Bits(kind.bits, bits)
