"""Strength reduction: cheaper operators for what constants make special.

Division by an invariant becomes a multiplication with its scaled reciprocal: Granlund and Montgomery, "Division by
Invariant Integers using Multiplication" (PLDI 1994); the reciprocals are computed as in Warren, "Hacker's Delight",
second edition, 10-1 and 10-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import WORD32, WORD64, Type
from seaofnodes.passes.base import Pass, PassContext, PassResult, RuleCount
from seaofnodes.passes.facts.facts import Facts
from seaofnodes.passes.rewrites import division
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.reducer import GraphReducer, Reducer
from seaofnodes.passes.rules.rewriter import Rewriter

_DIVISIONS = {
    m.INT32_DIV: (True, False),
    m.INT32_MOD: (True, True),
    m.INT64_DIV: (True, False),
    m.INT64_MOD: (True, True),
    m.UINT32_DIV: (False, False),
    m.UINT32_MOD: (False, True),
    m.UINT64_DIV: (False, False),
    m.UINT64_MOD: (False, True),
}  # signed, remainder
_RULE = "divide-by-constant"


@dataclass(frozen=True)
class StrengthReduction(Pass):
    """Replace divisions by constants, and multiplications that shifts and additions do faster."""

    name = "strength-reduction"
    preserves = (ControlFlow,)
    settles = True
    rules: ClassVar[RuleSet] = division.RULES
    own_rules = (_RULE,)

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        rewriter = Rewriter(graph, context, self.rules)
        dividers: list[Reducer] = []
        if _RULE not in context.disabled_rules:
            dividers.append(_Divider(graph, context).reduce)

        def choose(op: Operator) -> list[Reducer]:
            chosen: list[Reducer] = [rewriter.reduce] if rewriter.has_rules(op.name) else []
            return chosen + dividers if op in _DIVISIONS else chosen

        reducer = GraphReducer(graph, [rewriter.reduce, *dividers], choose=choose)
        changes = reducer.run()
        rewriter.finish()
        return PassResult(changes > 0, {"changes": changes})


def signed_reciprocal(divisor: int, bits: int) -> tuple[int, int]:
    """(factor, shift) for a divisor of at least 2: n / divisor = (n * factor >> bits + shift) + (n < 0); factor <
    2**bits.
    """
    half = 1 << (bits - 1)
    largest = half - 1 - half % divisor  # the largest n that leaves divisor - 1
    power = bits
    while 1 << power <= largest * (divisor - (1 << power) % divisor):
        power += 1
    factor = ((1 << power) + divisor - (1 << power) % divisor) // divisor
    return factor, power - bits


def unsigned_reciprocal(divisor: int, bits: int, known_bits: int | None = None) -> tuple[int, int]:
    """(factor, shift) for a divisor of at least 2: n / divisor = n * factor >> bits + shift, for n < 2**known_bits
    (`bits` if None). The factor may have bits + 1 bits.
    """
    known = 1 << (bits if known_bits is None else known_bits)
    largest = known - 1 - known % divisor
    power = bits
    while 1 << power <= largest * (divisor - 1 - ((1 << power) - 1) % divisor):
        power += 1
    factor = ((1 << power) + divisor - 1 - ((1 << power) - 1) % divisor) // divisor
    return factor, power - bits


class _Divider:
    """Builds quotients and remainders for divisors that are no powers of two."""

    def __init__(self, graph: Graph, context: PassContext) -> None:
        self.graph = graph
        self.phase = context.phase
        self.count = context.rules.setdefault(_RULE, RuleCount())
        self.analyses = context.analyses
        self.facts: Facts | None = None  # as they were when first asked for: values stay what they are

    def reduce(self, node: Node) -> Node | None:
        found = _DIVISIONS.get(node.op)
        if found is None:
            return None
        self.count.tried += 1
        signed, remainder = found
        value, divisor = node.inputs[0], node.inputs[1]
        if not (divisor.op.is_int32_constant or divisor.op.is_int64_constant):
            return None
        number: int = divisor.op.parameters if signed else divisor.op.parameters & ((1 << node.type.bits) - 1)
        if not abs(number) & (abs(number) - 1):  # 0, or a power of two: rules
            return None
        self.count.fired += 1
        self.graph.origin = Origin(node.origin[0], node.origin[1], self.phase, _RULE, node.id)
        type = node.type
        if signed and number > 0 and self._is_not_negative(value):
            signed = False
        if not signed:
            quotient = self._unsigned32(value, number) if type is WORD32 else self._unsigned64(value, number)
        else:
            quotient = self._signed(value, number, type)
        if not remainder:
            return quotient
        return self._op("Int?Sub", type, value, self._op("Int?Mul", type, quotient, divisor))

    def _is_not_negative(self, value: Node) -> bool:
        """Then the sign needs no instructions."""
        if self.facts is None:
            self.facts = self.analyses.get(Facts, self.graph)
        return self.facts.word(value).smin >= 0

    def _op(self, name: str, type: Type, first: Node, second: Node | int) -> Node:
        op: Operator = m.MACHINE[name.replace("?", str(type.bits))]
        graph = self.graph
        return graph.node(op, first, graph.constant_of(type, second) if isinstance(second, int) else second)

    def _shift(self, name: str, type: Type, value: Node, count: int) -> Node:
        return self._op(name, type, value, count) if count else value

    def _signed(self, value: Node, number: int, type: Type) -> Node:
        bits = type.bits
        factor, shift = signed_reciprocal(abs(number), bits)
        if type is WORD32:  # the whole product fits in 64 bits
            wide = self.graph.node(m.CHANGE_INT32_TO_INT64, value)
            product = self._op("Word?Sar", WORD64, self._op("Int?Mul", WORD64, wide, factor), 32 + shift)
            quotient = self.graph.node(m.TRUNCATE_INT64_TO_INT32, product)
        else:
            quotient = self._op("Int?MulHigh", type, value, factor)
            if factor >> (bits - 1):  # as a signed number it is too small by 2**bits
                quotient = self._op("Int?Add", type, quotient, value)
            quotient = self._shift("Word?Sar", type, quotient, shift)
        sign = self._op("Word?Sar", type, value, bits - 1)
        return self._op("Int?Sub", type, quotient, sign) if number > 0 else self._op("Int?Sub", type, sign, quotient)

    def _unsigned32(self, value: Node, number: int) -> Node:
        factor, shift = unsigned_reciprocal(number, 32)
        if factor >> 32 and not number & 1:  # shift out the divisor's factors of two first: then the factor is shorter
            even = (number & -number).bit_length() - 1
            value = self._op("Word?Shr", WORD32, value, even)
            factor, shift = unsigned_reciprocal(number >> even, 32, 32 - even)
        wide = self.graph.node(m.CHANGE_UINT32_TO_UINT64, value)
        if factor >> 32:  # one bit too many for a product of 64 bits: the upper half of one of 128
            product = self._op("Uint?MulHigh", WORD64, wide, (1 << 64) // number + 1)
        else:
            product = self._op("Word?Shr", WORD64, self._op("Int?Mul", WORD64, wide, factor), 32 + shift)
        return self.graph.node(m.TRUNCATE_INT64_TO_INT32, product)

    def _unsigned64(self, value: Node, number: int) -> Node:
        factor, shift = unsigned_reciprocal(number, 64)
        if factor >> 64 and not number & 1:
            even = (number & -number).bit_length() - 1
            value = self._op("Word?Shr", WORD64, value, even)
            factor, shift = unsigned_reciprocal(number >> even, 64, 64 - even)
        high = self._op("Uint?MulHigh", WORD64, value, factor)
        if not factor >> 64:
            return self._shift("Word?Shr", WORD64, high, shift)
        # (value + high) / 2, without overflow: the factor is 2**64 + what was multiplied with
        half = self._op("Word?Shr", WORD64, self._op("Int?Sub", WORD64, value, high), 1)
        return self._shift("Word?Shr", WORD64, self._op("Int?Add", WORD64, half, high), shift - 1)
