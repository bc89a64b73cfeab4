"""Is one word less than another one, at a place? Proven on demand from conditions that are known there.

After Bodik, Gupta and Sarkar, "ABCD: Eliminating Array Bounds Checks on Demand" (PLDI 2000): a proof goes from the
lesser value over conditions `x < y`, and sums `x + c` that do not wrap, to the greater one; a phi is less if what it
chooses from is, where the phi of the iteration before may be taken to be less.
"""

from __future__ import annotations

from itertools import islice
from typing import Final, NamedTuple

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Order
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops.objects import ARRAY_LENGTH
from seaofnodes.passes.facts.conditions import Conditions, Place
from seaofnodes.passes.facts.values import Values

_DEPTH: Final = 7  # conditions, sums and phis in a row
_STEPS: Final = 60  # of one proof
_FEW: Final = 8  # users of a value that are looked at
_SUMS: Final = {m.INT32_ADD: 1, m.INT64_ADD: 1, m.INT32_SUB: -1, m.INT64_SUB: -1}


class Less(NamedTuple):
    """`left < right`, or `left <= right`."""

    left: Node
    right: Node
    signed: bool
    strict: bool


class Bound(NamedTuple):
    """`left - right <= most`, of words as signed or as unsigned numbers; the difference does not wrap."""

    left: Node
    right: Node
    signed: bool
    most: int


class Relations:
    """Proofs over the conditions of a graph."""

    __slots__ = ("_assumed", "_flow", "_steps", "conditions", "values")

    def __init__(self, conditions: Conditions, values: Values) -> None:
        self.conditions = conditions
        self.values = values
        self._flow = conditions.flow
        self._steps = 0
        self._assumed: list[Bound] = []  # of phis, while what they choose from is looked at

    def compare(self, condition: Node, order: Order, place: Place) -> bool | None:
        """What a comparison gives at a place, if conditions say it."""
        left, right = condition.inputs[:2]
        if self.proves(Less(left, right, order.signed, order.strict), place):
            return True
        return False if self.proves(Less(right, left, order.signed, not order.strict), place) else None

    def proves(self, less: Less, place: Place) -> bool:
        """Does it hold at the place?"""
        self._steps = _STEPS
        return self._proves(Bound(less.left, less.right, less.signed, -int(less.strict)), place, _DEPTH)

    def known(self, left: Node, place: Place) -> list[Less]:
        """What conditions say, at a place, that a value is less than."""
        found = []
        for known in self.conditions.about(left):
            less = _of(known.condition, known.holds)
            if less is not None and less.left is left and self.conditions.is_behind(place, known.control):
                found.append(less)
        return found

    def _proves(self, bound: Bound, place: Place, depth: int) -> bool:
        left, right, signed, most = bound
        if _is_same(left, right):
            return most >= 0
        self._steps -= 1
        if not depth or self._steps < 0:
            return False
        if self._in_bounds(bound, place) or self._through_conditions(left, bound, place, depth):
            return True
        if left.op.is_value_phi:
            assumed = [one.most for one in self._assumed if one.left is left and one.right is right]
            if assumed:  # more than that is not proven by it
                return max(assumed) <= most
            if self._phi(bound, place, depth):
                return True
        if left.op.is_constant or right.op.is_constant:
            return False  # their sums are in the bounds
        base, constant = _parts(right)
        more = Bound(left, base, signed, most + constant)
        if constant and self._proves(more, place, depth - 1) and self._fits(right, constant, signed, place):
            return True
        base, constant = _parts(left)
        if constant:
            more = Bound(base, right, signed, most - constant)
            return self._proves(more, place, depth - 1) and self._fits(left, constant, signed, place)
        return self._through_sums(bound, place, depth)

    def _through_conditions(self, value: Node, bound: Bound, place: Place, depth: int) -> bool:
        """A condition says that a value, which stands for the left one, is less than something that is less."""
        for found in self.known(value, place):
            rest = Bound(found.right, bound.right, bound.signed, bound.most + found.strict)
            agrees = found.signed == bound.signed
            if self._proves(rest, place, depth - 1) and (agrees or self._agree(found, place)):
                return True
        return False

    def _through_sums(self, bound: Bound, place: Place, depth: int) -> bool:
        """A condition is about the left value plus a constant."""
        for user in islice(bound.left.uses, _FEW):
            if user.op in _SUMS and user.inputs[0] is bound.left and self.known(user, place):
                _, constant = _parts(user)
                more = bound._replace(most=bound.most + constant)
                proven = constant and self._through_conditions(user, more, place, depth)
                if proven and self._fits(user, constant, bound.signed, place):
                    return True
        return False

    def _in_bounds(self, bound: Bound, place: Place) -> bool:
        """Do the bounds of both say it? Looked at where one of them is a constant: else they seldom do."""
        if not bound.left.op.is_constant and not bound.right.op.is_constant:
            return False
        left, right = self.values.word(bound.left, place), self.values.word(bound.right, place)
        return (left.smax - right.smin if bound.signed else left.umax - right.umin) <= bound.most

    def _agree(self, found: Less, place: Place) -> bool:
        """Does a comparison say the same of signed and of unsigned numbers? If neither is negative."""
        lesser = found.left if found.signed else found.right
        return self.values.word(lesser, place).smin >= 0

    def _fits(self, total: Node, constant: int, signed: bool, place: Place) -> bool:
        """Is a sum with a constant (see `_parts`) known not to wrap, from what is known of the value, or of the sum?"""
        before, after = self.values.word(total.inputs[0], place), self.values.word(total, place)
        if signed:
            low, high = -(1 << before.width - 1), (1 << before.width - 1) - 1
            fits = low <= before.smin + constant and before.smax + constant <= high
            return fits or (low <= after.smin - constant and after.smax - constant <= high)
        fits = before.umin + constant >= 0 and before.umax + constant <= before.mask
        return fits or (after.umin - constant >= 0 and after.umax - constant <= before.mask)

    def _phi(self, bound: Bound, place: Place, depth: int) -> bool:
        """All that it chooses from is less, where it comes from. The other value must be the same there."""
        phi = bound.left
        block = self._flow.block_of.get(phi.control.id)
        if block is None or len(block.predecessors) != len(phi.inputs) - 1 or not block.dominates(place.block):
            return False
        if not self._is_older(bound.right, block, _DEPTH):
            return False
        self._assumed.append(bound)  # of what it was before
        try:
            return all(
                value is phi or self._proves(bound._replace(left=value), self.conditions.end(predecessor), depth - 1)
                for value, predecessor in zip(phi.inputs, block.predecessors, strict=False)
            )
        finally:
            self._assumed.pop()

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


def _parts(node: Node) -> tuple[Node, int]:
    """The value and the constant that a node is the sum of; else the node itself and 0."""
    sign = _SUMS.get(node.op)
    constant = None if sign is None else node.inputs[1].op
    if constant is None or not (constant.is_int32_constant or constant.is_int64_constant):
        return node, 0
    return node.inputs[0], sign * constant.parameters


def _is_same(one: Node, other: Node) -> bool:
    """Are they the same number? The length of an array never changes."""
    return one is other or (one.op is other.op is ARRAY_LENGTH and one.inputs[0] is other.inputs[0])


def _of(condition: Node, holds: bool) -> Less | None:
    """What a condition says, as an inequation."""
    order = condition.op.order
    if order is None:
        return None
    left, right = condition.inputs[:2]
    if holds:
        return Less(left, right, order.signed, order.strict)
    return Less(right, left, order.signed, not order.strict)
