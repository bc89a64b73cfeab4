"""Values for rules: what variables and constants of a pattern can be, and what both sides then mean."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping

from seaofnodes.ir.bits import Bits, Float, unwrap, wrap
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.ir.types import WORD64, Type
from seaofnodes.passes.patterns import Apply, Constant, Expression, Value, Variable
from seaofnodes.passes.rules.facts import NotNegative
from seaofnodes.passes.rules.rule import Rule

_FLOATS = {
    32: (0, 0x80000000, 0x3F800000, 0xBF800000, 0x40400000, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 1),
    64: (0, 1 << 63, 0x3FF0000000000000, 0xBFF0000000000000, 0x4008000000000000, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000,
         0xFFF0000000000000, 0x7FF8000000000000, 1),
}  # fmt: skip
Binding = Mapping[str, "Bits | Float"]


def types_of(expression: Expression, type: Type) -> dict[str, Type]:
    """The types of a pattern's variables and constants; `type` is that of the whole."""
    if isinstance(expression, Variable | Constant):
        return {expression.name: type}
    found: dict[str, Type] = {}
    if isinstance(expression, Apply):
        for argument, wanted in zip(expression.arguments, expression.op.signature, strict=True):
            found |= types_of(argument, wanted)
    return found


def constants_of(expression: Expression) -> list[str]:
    if isinstance(expression, Constant):
        return [expression.name]
    if isinstance(expression, Apply):
        return list(dict.fromkeys(itertools.chain(*map(constants_of, expression.arguments))))
    return []


def candidates(type: Type, picker: random.Random, count: int) -> list[int]:
    """Bit patterns: edges, powers of two and their neighbours, small ones, ones near the width, random ones."""
    bits = type.bits
    if type.is_float:
        return [*_FLOATS[bits], *(picker.getrandbits(bits) for _ in range(count))]
    edges = [0, 1, 2, 3, 5, 6, 9, 10, 20, 36, bits - 16, bits - 8, bits - 1, bits, bits + 3, -1, -2, 1 << bits - 1]
    edges += [(1 << bits - 1) - 1, 0xFF, 0xFFFF, 0xFFFFFFFF, (1 << bits - 1) + 1]
    powers = [sign * ((1 << k) + d) for k in range(bits) for d in (-1, 0, 1) for sign in (1, -1)]
    some = [picker.getrandbits(picker.randint(1, bits)) for _ in range(count)]
    return [value % (1 << bits) for value in [*edges, *picker.sample(powers, min(count, len(powers))), *some]]


def holds(rule: Rule, constants: Binding) -> bool:
    return rule.where is None or bool(rule.where.evaluate(constants, rule.width).value)


def constant_bindings(rule: Rule, count: int, seed: int = 1) -> list[dict[str, Bits | Float]]:
    """Values for the rule's constants under which it applies: at most `count`, by trial."""
    picker = random.Random(f"{rule.name} {seed}")
    names = constants_of(rule.pattern)
    types = types_of(rule.pattern, rule.pattern.op.type)
    found: list[dict[str, Bits | Float]] = []
    if not names:
        return [{}]
    pools = [candidates(types[name], picker, 60) for name in names]
    choices = list(itertools.product(*pools)) if len(names) < 3 else []
    picker.shuffle(choices)
    for values in choices:
        binding = {n: wrap(types[n].is_float, types[n].bits, v) for n, v in zip(names, values, strict=True)}
        if holds(rule, binding):
            found.append(binding)
            if len(found) == count:
                break
    return found


def bindings(rule: Rule, constants: int = 12, variables: int = 12, seed: int = 1) -> Iterator[dict[str, Bits | Float]]:
    """Values for constants and variables."""
    picker = random.Random(f"{rule.name} {seed}")
    types = types_of(rule.pattern, rule.pattern.op.type)
    for chosen in constant_bindings(rule, constants, seed):
        free = [name for name in types if name not in chosen]
        pools = {name: candidates(types[name], picker, 8) for name in free}
        near = [value.value + d for value in chosen.values() if isinstance(value, Bits) for d in (-1, 0, 1)]
        for turn in range(variables):
            binding = dict(chosen)
            for name in free:
                type = types[name]
                small = near and not type.is_float and turn % 3 == 0
                bits = picker.choice(near if small else pools[name]) % (1 << type.bits)
                binding[name] = wrap(type.is_float, type.bits, bits)
            known = [fact.assumed(binding) for fact in rule.facts]
            if all(fact is None or fact.value for fact in known):
                yield binding


def meaning(expression: Expression, binding: Binding, type: Type) -> int:
    """The bit pattern an expression stands for."""
    return unwrap(_meaning(expression, binding, type), type.bits)


def _meaning(expression: Expression, binding: Binding, type: Type) -> Bits | Float:
    if isinstance(expression, Variable | Constant):
        return binding[expression.name]
    if isinstance(expression, Value):
        value = expression.evaluate(binding, type.bits)
        return wrap(type.is_float, type.bits, unwrap(value, type.bits))
    assert isinstance(expression, Apply)
    op = expression.op
    operands = [_meaning(a, binding, t) for a, t in zip(expression.arguments, op.signature, strict=True)]
    assert op.meaning is not None
    result: Bits | Float = op.meaning(*operands)
    return wrap(op.type.is_float, op.type.bits, unwrap(result, op.type.bits))


def graph_of(rule: Rule, binding: Binding) -> Graph:
    """A function that returns the rule's pattern: variables are parameters, constants are constants."""
    types = types_of(rule.pattern, rule.pattern.op.type)
    free = [name for name in types if name not in constants_of(rule.pattern)]
    result = rule.pattern.op.type
    graph = Graph(rule.name, [WORD64, *(types[name] for name in free)], [result])
    nodes = {
        name: graph.node(common.parameter(i + 1, types[name]), graph.start)
        for i, name in enumerate(free)
    }  # fmt: skip
    for fact in rule.facts:
        if isinstance(fact, NotNegative):  # is known of what has no sign bit
            bits = types[fact.name].bits
            positive = graph.constant_of(types[fact.name], (1 << bits - 1) - 1)
            nodes[fact.name] = graph.node(MACHINE[f"Word{bits}And"], nodes[fact.name], positive)
    for name in constants_of(rule.pattern):
        nodes[name] = graph.constant_of(types[name], unwrap(binding[name], types[name].bits))
    graph.node(common.parameter(0, WORD64), graph.start)

    def build(expression: Expression, type: Type) -> Node:
        if isinstance(expression, Variable | Constant):
            return nodes[expression.name]
        if isinstance(expression, Value):
            return graph.constant_of(type, unwrap(expression.evaluate({}, type.bits), type.bits))
        assert isinstance(expression, Apply)
        op = expression.op
        inputs = [build(a, t) for a, t in zip(expression.arguments, op.signature, strict=True)]
        return graph.node(op, *inputs, *([graph.start] if op.control_in else []))

    value = build(rule.pattern, result)
    graph.add_end(graph.node(common.return_(1), value, graph.start, graph.start))
    return graph
