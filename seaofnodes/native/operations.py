"""Operators, conversions and comparisons as nodes, with the checks that stand before some of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m, traps
from seaofnodes.ir.types import FLOAT32, WORD32, Type
from seaofnodes.native.library import COMPARISONS, Operation
from seaofnodes.native.values import Floating, Integer, Kind, machine_type, to_bits

Compare = Callable[[Graph, Node, Node], Node]


def compare(symbol: str, kind: Kind) -> Compare:
    """Builds a comparison of two values of a kind; gives 0 or 1."""
    negated, swapped = symbol == "!=", symbol in (">", ">=")
    op = COMPARISONS["==" if negated else symbol.replace(">", "<")].operators[kind]

    def build(graph: Graph, left: Node, right: Node) -> Node:
        found = graph.node(op, *((right, left) if swapped else (left, right)))
        return graph.node(m.WORD32_EQUAL, found, graph.int32(0)) if negated else found

    return build


class _Words:
    """The operators of a width."""

    def __init__(self, type: Type) -> None:
        at = 0 if type is WORD32 else 1
        self.add, self.sub = (m.INT32_ADD, m.INT64_ADD)[at], (m.INT32_SUB, m.INT64_SUB)[at]
        self.mul, self.xor = (m.INT32_MUL, m.INT64_MUL)[at], (m.WORD32_XOR, m.WORD64_XOR)[at]
        self.bit_and, self.sar = (m.WORD32_AND, m.WORD64_AND)[at], (m.WORD32_SAR, m.WORD64_SAR)[at]
        self.equal = (m.WORD32_EQUAL, m.WORD64_EQUAL)[at]
        self.less = (m.INT32_LESS_THAN, m.INT64_LESS_THAN)[at]
        self.mod = (m.INT32_MOD, m.INT64_MOD)[at]


def operate(b: GraphBuilder, operation: Operation, kind: Kind, values: Sequence[Node]) -> Node:
    """An operation on values of a kind."""
    name = operation.name
    if issubclass(kind, Integer):
        if name in ("//", "%", "truncated_div", "truncated_mod"):
            return _divide(b, operation, kind, *values)
        words, graph = _Words(kind.machine), b.graph
        if name == "neg":
            return graph.node(words.sub, graph.constant_of(kind.machine, 0), *values)
        if name == "~":
            return graph.node(words.xor, *values, graph.constant_of(kind.machine, -1))
        if name == "abs":
            zero = graph.constant_of(kind.machine, 0)
            negative = graph.node(words.sub, zero, *values)
            return graph.node(m.SELECT[kind.machine], graph.node(words.less, *values, zero), negative, *values)
        if name in ("min", "max"):
            first, second = values
            takes_first = compare("<" if name == "min" else ">", kind)(graph, first, second)
            return graph.node(m.SELECT[kind.machine], takes_first, first, second)
    return b.op(operation.operators[kind], *values)


def _divide(b: GraphBuilder, operation: Operation, kind: type[Integer], left: Node, right: Node) -> Node:
    """Traps on zero, and where a signed quotient overflows; `//` and `%` of signed numbers round down."""
    graph, type = b.graph, kind.machine
    words = _Words(type)
    divisor = int(right.op.parameters) if right.op.is_constant else None
    is_quotient = operation.name in ("//", "truncated_div")
    rounds_down = kind.signed and operation.name in ("//", "%")
    if rounds_down and divisor is not None and divisor > 0 and not divisor & divisor - 1:
        if is_quotient:
            return graph.node(words.sar, left, graph.constant_of(type, divisor.bit_length() - 1))
        return graph.node(words.bit_and, left, graph.constant_of(type, divisor - 1))
    zero = graph.constant_of(type, 0)
    if not divisor:
        b.op(common.trap_if(traps.DIVIDE_BY_ZERO), graph.node(words.equal, right, zero))
    if is_quotient and kind.signed and divisor in (None, -1):
        is_least = graph.node(words.equal, left, graph.constant_of(type, 1 << type.bits - 1))
        is_minus_one = graph.node(words.equal, right, graph.constant_of(type, -1))
        b.op(common.trap_if(traps.INTEGER_OVERFLOW), graph.node(m.WORD32_AND, is_least, is_minus_one))
    found = b.op(operation.operators[kind], left, right)
    if not rounds_down:
        return found
    rest = graph.node(words.sub, left, graph.node(words.mul, found, right)) if is_quotient else found
    differ = graph.node(words.less, graph.node(words.xor, rest, right), zero)
    some = graph.node(m.WORD32_EQUAL, graph.node(words.equal, rest, zero), graph.int32(0))
    wrong = graph.node(m.WORD32_AND, differ, some)
    if is_quotient:
        one = wrong if type is WORD32 else graph.node(m.CHANGE_UINT32_TO_UINT64, wrong)
        return graph.node(words.sub, found, one)
    return graph.node(m.SELECT[type], wrong, graph.node(words.add, found, right), found)


def convert(b: GraphBuilder, value: Node, source: Kind, target: Kind) -> Node:
    """A number of one kind as one of another; from a float to an integer it may trap."""
    graph = b.graph
    old, new = machine_type(source), machine_type(target)
    if issubclass(source, Floating):
        if issubclass(target, Integer):
            return _truncate(b, value, source, target)
        if old is new:
            return value
        return graph.node(m.CHANGE_FLOAT32_TO_FLOAT64 if old is FLOAT32 else m.TRUNCATE_FLOAT64_TO_FLOAT32, value)
    signed = issubclass(source, Integer) and source.signed
    if new.is_float:
        return graph.node(m.INT_TO_FLOAT[old, signed, new], value)
    if old is new:
        return value
    if new is WORD32:
        return graph.node(m.TRUNCATE_INT64_TO_INT32, value)
    return graph.node(m.CHANGE_INT32_TO_INT64 if signed else m.CHANGE_UINT32_TO_UINT64, value)


def _truncate(b: GraphBuilder, value: Node, source: type[Floating], target: type[Integer]) -> Node:
    graph, type = b.graph, source.machine
    b.op(common.trap_unless(traps.INVALID_CONVERSION), compare("==", source)(graph, value, value))
    low, end = (-(1 << target.bits - 1), 1 << target.bits - 1) if target.signed else (0, 1 << target.bits)
    exact = low - 1 == int(source(low - 1))  # else there is no float between them
    below = graph.constant_of(type, to_bits(source(low - 1 if exact else low), source))
    above = compare("<" if exact else "<=", source)(graph, below, value)
    fits = compare("<", source)(graph, value, graph.constant_of(type, to_bits(source(end), source)))
    b.op(common.trap_unless(traps.INTEGER_OVERFLOW), graph.node(m.WORD32_AND, above, fits))
    return b.op(m.FLOAT_TO_INT[type, target.signed, target.machine, False], value)


