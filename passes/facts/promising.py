"""Which conditions may be known? Told from the operators around them, so that nothing is asked for the others."""

from __future__ import annotations

from collections.abc import Iterable

from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops.shapes import TypeTest
from seaofnodes.ir.types import REFERENCE, WORD32, WORD64
from seaofnodes.passes.facts.references import is_never_null, tested_value

_SELECTS = frozenset(m.SELECT.values())
_WORDS = (WORD32, WORD64)
_SUMS = (m.INT32_ADD, m.INT64_ADD)  # a condition on one says something of what a constant is added to


class Promising:
    """What is tested in a graph, and how often. Attributes: type_checks: all nodes that test a type."""

    __slots__ = ("_tested", "type_checks")

    def __init__(self, order: Iterable[Node], tests: Iterable[Node]) -> None:
        """order: all nodes; tests: branches, traps and guards."""
        # How many tests there are of a condition, and of a value: a condition compares it, or tests it for null.
        tested = self._tested = dict[Node, int]()
        for node in tests:
            condition = node.inputs[0]
            if condition in tested:
                tested[condition] += 1
                continue
            tested[condition] = 1
            for value in condition.inputs[: condition.op.value_in]:
                tested[value] = tested.get(value, 0) + 1
                if value.op in _SUMS and value.inputs[1].op.is_constant:
                    tested[value.inputs[0]] = tested.get(value.inputs[0], 0) + 1
        self.type_checks = [n for n in order if n.op.is_comparison and type(n.op.parameters) is TypeTest]
        for node in self.type_checks:
            if node not in tested:
                tested[node.inputs[0]] = tested.get(node.inputs[0], 0) + 1

    def is_condition(self, condition: Node) -> bool:
        """May a condition of a test be known?"""
        tested = self._tested
        if tested[condition] > 1:
            return True
        value = tested_value(condition)
        if value is not None:
            return self.is_reference(value)
        if not condition.op.is_comparison or condition.op.value_in != 2 or condition.op.signature[0] not in _WORDS:
            return False
        left, right = condition.inputs[:2]
        if right.op.is_constant or left.op.is_constant:
            word = left if right.op.is_constant else right
            return tested[word] > 1 or _is_bounded(word)
        if left.op.is_value_phi or right.op.is_value_phi:
            return True
        return (tested[left] > 1 or self._is_near(left)) and (tested[right] > 1 or self._is_near(right))

    def _is_near(self, word: Node) -> bool:
        """Is it a constant away from a value that is tested, or bounded by a constant?"""
        if word.op.value_in != 2 or not word.inputs[1].op.is_constant:
            return word.op.is_load and _is_bounded(word)
        return True

    def is_reference(self, value: Node) -> bool:
        """May anything be known of a reference that is tested?"""
        op = value.op
        tested = self._tested.get(value, 0)  # its value may be used where no condition is
        if tested > 1 or is_never_null(op) or op.is_constant or (op.is_value_phi and op.type is REFERENCE):
            return True
        return op in _SELECTS


def _is_bounded(word: Node) -> bool:
    """Is it no value that may be any number, as far as its operator tells?"""
    op = word.op
    if op.declaration.bounds is not None:
        return op.declaration.bounds(op)[1] < (1 << op.type.bits - 1) - 1
    return op.meaning is not None or op.is_value_phi
