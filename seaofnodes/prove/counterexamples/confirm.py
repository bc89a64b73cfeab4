"""Counterexamples on real graphs: the pattern is built as a graph, the rule rewrites it, both are evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seaofnodes.ir.bits import Bits, Float, wrap
from seaofnodes.ir.node import Node
from seaofnodes.ir.types import NONE, Type
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.facts import InBounds
from seaofnodes.passes.rules.rewriter import Rewriter
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.passes.rules.state.matching import accesses_of
from seaofnodes.prove.check import plain, same
from seaofnodes.prove.counterexamples.graphs import Outcome, PatternGraph
from seaofnodes.prove.memory import MEMORY_BIT, STATE, all_accesses
from seaofnodes.prove.verdicts import Counterexample, Known

Binding = Mapping[str, Any]


def counterexample(rule: Rule, binding: Binding) -> Counterexample:
    """What the graph evaluator gives before and after the rule; `confirmed` if that refutes the rule."""
    type = rule.pattern.op.type
    before = PatternGraph(rule, binding).run()
    pattern = PatternGraph(rule, binding)
    graph, root = pattern.graph, pattern.root
    context = PassContext()
    old = {node.id for node in graph.reachable()}
    # Values are as the facts say; of a parameter nothing is known.
    applied = replace(rule, facts=tuple(fact for fact in rule.facts if isinstance(fact, InBounds)))
    new = Rewriter(graph, context, RuleSet("one", [applied])).reduce(root)
    fired = new is not None and rule.name in context.rules
    after, unsafe = before, ""
    if new is not None:
        graph.replace(root, new)
        if root.op.effect_out and new is not root:
            graph.kill(root)
        verify(graph)
        after = pattern.run()
        unsafe = after.fault or ("" if after.trapped or type is NONE else _unsafe(pattern, new, old))
    wrong = bool(unsafe) or _differ(rule, binding, before, after)
    known = [Known.of(name, binding[name], rule.types[name]) for name in rule.types]
    results = (_known("pattern", rule, binding, before), _known("replacement", rule, binding, after))
    return Counterexample((*known, *_places(rule, binding)), *results, unsafe, fired and wrong)


def _differ(rule: Rule, binding: Binding, before: Outcome, after: Outcome) -> bool:
    if before.trapped or after.trapped:
        return before.trapped != after.trapped
    type = rule.pattern.op.type
    if type is not NONE:
        [left], [right] = before.values, after.values
        return not same(_value(left, type), _value(right, type), plain(rule, binding))
    places = before.bytes.keys() | after.bytes.keys()
    state = binding[STATE]
    if all(one.get(place, state.bytes.get(place, 0)) == two.get(place, state.bytes.get(place, 0))
           for one, two in ((before.bytes, after.bytes),) for place in places):
        return False
    sides = plain(rule, binding)
    if sides.left.value is None or isinstance(sides.left.value, Bits):
        return True
    return not same(sides.left.value, sides.right.value, sides)  # any NaN may stand for one that arithmetic made


def _unsafe(pattern: PatternGraph, root: Node, old: set[int]) -> str:
    """The first new operator that must not be executed with the operands it has; "" if there is none."""
    for node in pattern.graph.reachable():
        op = node.op
        if node.id in old or op.meaning is None or op.defined is None:
            continue
        pattern.returning([root, *node.inputs[: op.value_in]])
        operands = [_value(v, type) for v, type in zip(pattern.run().values[1:], op.signature, strict=True)]
        if not op.defined(*operands).value:
            shown = ", ".join(str(Known.of("", v, t)) for v, t in zip(operands, op.signature, strict=True))
            return f"{op.name}({shown})"
    return ""


def _value(pattern: int, type: Type) -> Bits | Float:
    return wrap(type.is_float, type.bits, pattern)


# What is shown.


def _places(rule: Rule, binding: Binding) -> list[Known]:
    """Addresses, and what is there; the way to the phis, if that matters."""
    state = rule.state
    found: list[Known] = []
    if state is None:
        return found
    world = binding[STATE]
    if state.inputs > 1:
        found.append(Known("input of the phi", "Word32", world.case))
    several = len({binding[name].value >> MEMORY_BIT for name in state.addresses}) > 1
    for name in state.addresses:
        address = binding[name].value
        memory, index = address >> MEMORY_BIT, address & ((1 << MEMORY_BIT) - 1)
        which = f"memory {memory}" if several else "a memory"
        size = world.sizes[memory]
        found.append(Known(name, "Word64", index, f"{index}, in {which} of {size} bytes"))
        low, high = _span(rule, name)
        shown = _bytes(world.bytes, {}, address, low, high, size - index)
        found.append(Known(f"bytes at {_plus(name, low)}", "", 0, shown))
    return found


def _plus(name: str, number: int) -> str:
    return f"{name} + {number}" if number else name


def _span(rule: Rule, name: str) -> tuple[int, int]:
    """The distances from an address that are accessed: from, to."""
    mine = [access for access in all_accesses(rule) if access.address.name == name]
    starts = [access.address.displacement for access in mine]
    return min(starts), max(start + access.width for start, access in zip(starts, mine, strict=True))


def _bytes(bytes: Mapping[int, int], written: Mapping[int, int], address: int, low: int, high: int, left: int) -> str:
    """In hexadecimal; a dash beyond the end, which is `left` bytes from the address."""
    found = [
        f"{written.get(address + i, bytes.get(address + i, 0)):02x}" if i < left else "-" for i in range(low, high)
    ]
    return " ".join(found)


def _known(name: str, rule: Rule, binding: Binding, found: Outcome) -> Known:
    """The outcome of a side."""
    type = rule.pattern.op.type
    if found.trapped:
        return Known(name, type.name, 0, "trap: out of bounds memory access")
    if found.fault:
        return Known(name, type.name, 0, "no result")
    if type is not NONE:
        return Known(name, type.name, found.values[0])
    [store] = [access for access in accesses_of(rule.pattern) if access.op.is_store]
    address = binding[store.address.name].value
    memory, index = address >> MEMORY_BIT, address & ((1 << MEMORY_BIT) - 1)
    state = binding[STATE]
    low, high = _span(rule, store.address.name)
    shown = _bytes(state.bytes, found.bytes, address, low, high, state.sizes[memory] - index)
    return Known(name, "", 0, f"bytes at {_plus(store.address.name, low)} are {shown}")
