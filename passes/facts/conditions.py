"""Where conditions are known: what branches, switches, traps and guards say behind them."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m

_MOST = 40  # users of a value that are looked at
_MOST_TESTS = 2 * _MOST  # tests of a condition that may come first
_END = 1 << 30


class Place(NamedTuple):
    """A place in the control flow: behind the first `position` control nodes of a block, its header included."""

    block: Block
    position: int


class Known(NamedTuple):
    """A condition is known behind a control node: it holds (is not zero), or does not. Of a Switch, the condition is
    the successor for one value.
    """

    control: Node
    condition: Node
    holds: bool


class Conditions:
    """The conditions of a graph, found when asked for through the uses of values."""

    __slots__ = ("_positions", "_sorted", "_tests", "flow")

    def __init__(self, flow: ControlFlow) -> None:
        self.flow = flow
        self._tests: dict[Node, list[Known]] = {}
        self._sorted: dict[Node, list[tuple[Place, Known]]] = {}
        self._positions: dict[int, int] = {}

    def place(self, control: Node) -> Place | None:
        """The place behind a control node; None if that is not reached."""
        block = self.flow.block_of.get(control.id)
        return None if block is None else Place(block, self._position(control, block))

    @staticmethod
    def end(block: Block) -> Place:
        return Place(block, _END)

    def _position(self, control: Node, block: Block) -> int:
        if control is block.header:
            return 1
        found = self._positions.get(control.id)
        if found is None:
            positions = self._positions
            for position, node in enumerate(block.fixed, 2):
                positions[node.id] = position
            found = positions.get(control.id, _END)
        return found

    def is_behind(self, place: Place, control: Node) -> bool:
        """Does every path to the place lead over the control node?"""
        block = self.flow.block_of.get(control.id)
        if block is None:
            return False
        if block is place.block:
            return self._position(control, block) <= place.position
        return block.depth < place.block.depth and block.dominates(place.block)

    def about(self, value: Node) -> list[Known]:
        """Where something is known of a value: conditions that compare it, or are the value itself."""
        found = self._tests.get(value)
        if found is None:
            found = self._tests[value] = []
            for user in islice(value.uses, _MOST):
                op = user.op
                if op.is_comparison:
                    self._add(user, user, True, found)
                elif op.is_switch and user.inputs[0] is value:  # a call may be its control, too
                    found += [Known(case, case, True) for case in user.uses if case.op.is_case]
            self._add(value, value, True, found)
        return found

    def _add(self, tested: Node, condition: Node, holds: bool, found: list[Known], most: int | None = _MOST) -> None:
        """Where `tested` is decided, and with it the condition, or its opposite; `most` users are looked at."""
        for user in islice(tested.uses, most):
            op = user.op
            if op.is_branch or op.is_guard or op.is_trap:
                if user.inputs[0] is not tested:  # a call is the control of what comes behind it
                    continue
                if op.is_branch:
                    found += [Known(side, condition, holds == (side.op is common.IF_TRUE)) for side in user.uses]
                else:
                    found.append(Known(user, condition, holds != op.fires_on_true))
            elif op is m.WORD32_EQUAL and tested is condition and _is_zero(user.inputs[1]):
                self._add(user, condition, not holds, found, most)

    def first_test(self, condition: Node, place: Place) -> Known | None:
        """The first test of this very condition, of those that every path to the place passes."""
        for at, known in islice(self._tests_of(condition), _MOST_TESTS):
            if at.block.depth > place.block.depth:
                break
            if self.is_behind(place, known.control):
                return known
        return None

    def _tests_of(self, condition: Node) -> list[tuple[Place, Known]]:
        """All tests of a condition. Those that dominate others come before them."""
        found = self._sorted.get(condition)
        if found is None:
            tests: list[Known] = []
            self._add(condition, condition, True, tests, None)
            found = [(place, known) for known in tests if (place := self.place(known.control)) is not None]
            found.sort(key=lambda test: (test[0].block.depth, test[0].position))
            self._sorted[condition] = found
        return found


def _is_zero(node: Node) -> bool:
    return bool(node.op.is_int32_constant and not node.op.parameters)
