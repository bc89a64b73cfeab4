"""Is one word less than another one, at a place? Proven on demand from conditions that are known there.

After Bodik, Gupta and Sarkar, "ABCD: Eliminating Array Bounds Checks on Demand" (PLDI 2000): a proof goes from the
lesser value over conditions `x < y` to the greater one; a phi is less if what it chooses from is.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Order
from seaofnodes.ir.ops import machine as m
from seaofnodes.passes.facts.conditions import Conditions, Place
from seaofnodes.passes.facts.values import Values

_DEPTH: Final = 4  # conditions in a row
_STEPS: Final = 40  # of one proof
_ADDS: Final = frozenset((m.INT32_ADD, m.INT64_ADD))


class Less(NamedTuple):
    """`left < right`, or `left <= right`."""

    left: Node
    right: Node
    signed: bool
    strict: bool


class Relations:
    """Proofs over the conditions of a graph."""

    __slots__ = ("_flow", "_steps", "conditions", "values")

    def __init__(self, conditions: Conditions, values: Values) -> None:
        self.conditions = conditions
        self.values = values
        self._flow = conditions.flow
        self._steps = 0

    def compare(self, condition: Node, order: Order, place: Place) -> bool | None:
        """What a comparison gives at a place, if conditions say it."""
        left, right = condition.inputs[:2]
        if self.proves(Less(left, right, order.signed, order.strict), place):
            return True
        return False if self.proves(Less(right, left, order.signed, not order.strict), place) else None

    def proves(self, less: Less, place: Place) -> bool:
        """Does it hold at the place?"""
        self._steps = _STEPS
        return self._proves(less, place, _DEPTH)

    def known(self, left: Node, place: Place) -> list[Less]:
        """What conditions say, at a place, that a value is less than."""
        found = []
        for known in self.conditions.about(left):
            less = _of(known.condition, known.holds)
            if less is not None and less.left is left and self.conditions.is_behind(place, known.control):
                found.append(less)
        return found

    def _proves(self, less: Less, place: Place, depth: int) -> bool:
        left, right, signed, strict = less
        if left is right:
            return not strict
        self._steps -= 1
        if not depth or self._steps < 0:
            return False
        for found in self.known(left, place):
            if found.signed != signed and not self._agree(found, place):
                continue
            if found.right is right and (found.strict or not strict):
                return True
            rest = Less(found.right, right, signed, strict and not found.strict)
            if found.right is not right and (self._in_bounds(rest, place) or self._proves(rest, place, depth - 1)):
                return True
        if left.op.is_value_phi:
            return self._phi(less, place, depth)
        return not signed and left.op in _ADDS and self._difference(less, place, depth)

    def _in_bounds(self, less: Less, place: Place) -> bool:
        """Do the bounds of both say it? Looked at where one of them is a constant: else they seldom do."""
        if not less.left.op.is_constant and not less.right.op.is_constant:
            return False
        left, right = self.values.word(less.left, place), self.values.word(less.right, place)
        if less.signed:
            return left.smax < right.smin if less.strict else left.smax <= right.smin
        return left.umax < right.umin if less.strict else left.umax <= right.umin

    def _agree(self, found: Less, place: Place) -> bool:
        """Does a comparison say the same of signed and of unsigned numbers? If neither is negative."""
        lesser = found.left if found.signed else found.right
        return self.values.word(lesser, place).smin >= 0

    def _difference(self, less: Less, place: Place, depth: int) -> bool:
        """x - c is less than what x is less than, unless it wraps."""
        base, constant = less.left.inputs
        if not (constant.op.is_int32_constant or constant.op.is_int64_constant) or constant.op.parameters >= 0:
            return False
        if self.values.word(base, place).umin < -constant.op.parameters:
            return False
        return self._proves(less._replace(left=base, strict=False), place, depth - 1)

    def _phi(self, less: Less, place: Place, depth: int) -> bool:
        """All that it chooses from is less, where it comes from. The other value must be the same there."""
        phi = less.left
        block = self._flow.block_of.get(phi.control.id)
        if block is None or len(block.predecessors) != len(phi.inputs) - 1 or not block.dominates(place.block):
            return False
        if not self._is_older(less.right, block, _DEPTH):
            return False
        for value, predecessor in zip(phi.inputs, block.predecessors, strict=False):
            if value is phi:
                continue
            there = self.conditions.end(predecessor)
            one = less._replace(left=value)
            if not self._in_bounds(one, there) and not self._proves(one, there, depth - 1):
                return False
        return True

    def _is_older(self, node: Node, block: Block, depth: int) -> bool:
        """Is a value the same whenever control is in the block, or in a loop around what it begins, as when it got
        there?
        """
        op = node.op
        if op.is_constant or op.is_parameter:
            return True
        if op.is_phi or op.control_out:
            own = node.control if op.is_phi else node
            home = self._flow.block_of.get(own.id)
            return home is not None and home is not block and home.dominates(block)
        if not op.pure or depth <= 0:
            return False
        return all(self._is_older(value, block, depth - 1) for value in node.values)


def _of(condition: Node, holds: bool) -> Less | None:
    """What a condition says, as an inequation."""
    order = condition.op.order
    if order is None:
        return None
    left, right = condition.inputs[:2]
    if holds:
        return Less(left, right, order.signed, order.strict)
    return Less(right, left, order.signed, not order.strict)
