"""Upper bounds of Word32 values, taken as unsigned; counters of loops are bounded by the tests that let them go on.

A counter is a phi of a loop header, `phi(first, phi + step)`. Every path back to the header passes a test: if that
says `counter < limit` or `counter + step < limit`, the counter never gets beyond the limit. A signed test says so
only of a counter that cannot become negative: one that starts at no negative number and cannot overflow before the
test stops it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m
from seaofnodes.ir.types import WORD32

_MAX = 0xFFFFFFFF
_SIGNED_MAX = 0x7FFFFFFF
_DEPTH = 8  # of expressions looked through
_TESTS = 16  # blocks looked at for tests of one counter
_LOADS = {"Uint8": 0xFF, "Uint16": 0xFFFF}
_SELECT = m.SELECT[WORD32]


class Ranges:
    """Bounds of a graph's values, computed when asked for."""

    __slots__ = ("_depths", "_flow", "_phis")
    needs: ClassVar[tuple[type[Any], ...]] = (ControlFlow,)
    control_only: ClassVar[bool] = False

    def __init__(self, graph: Graph, flow: ControlFlow) -> None:
        self._flow = flow
        self._phis: dict[Node, int] = {}
        self._depths: dict[Node, int] = {}  # how deep they were looked into

    def difference(self, fresh: Ranges) -> str:
        """What a fresh one for the same graph says otherwise, when asked the same, as text; "" if nothing."""
        for phi, depth in self._depths.items():
            fresh._phi(phi, depth)
        return next((f"n{phi.id} has another bound" for phi in self._phis if self._phis[phi] != fresh._phis[phi]), "")

    def upper(self, node: Node, depth: int = _DEPTH) -> int:
        """No value of this Word32 node is above it, as an unsigned number."""
        op = node.op
        if op.is_int32_constant:
            value: int = op.parameters
            return value & _MAX
        if not depth:
            return _MAX
        depth -= 1
        inputs = node.inputs
        if op.is_value_phi:
            return self._phi(node, depth)
        if op is m.WORD32_AND:
            return min(self.upper(inputs[0], depth), self.upper(inputs[1], depth))
        if op is m.INT32_ADD:
            return min(self.upper(inputs[0], depth) + self.upper(inputs[1], depth), _MAX)
        if op is m.INT32_MUL:
            return min(self.upper(inputs[0], depth) * self.upper(inputs[1], depth), _MAX)
        if op is m.WORD32_SHL or op is m.WORD32_SHR:
            if not inputs[1].op.is_int32_constant:
                return self.upper(inputs[0], depth) if op is m.WORD32_SHR else _MAX
            count: int = inputs[1].op.parameters & 31
            bound = self.upper(inputs[0], depth)
            return bound >> count if op is m.WORD32_SHR else min(bound << count, _MAX)
        if op is m.WORD32_OR or op is m.WORD32_XOR:
            bits = max(self.upper(inputs[0], depth).bit_length(), self.upper(inputs[1], depth).bit_length())
            return (1 << bits) - 1
        if op is _SELECT:
            return max(self.upper(inputs[1], depth), self.upper(inputs[2], depth))
        if op is m.UINT32_MOD:
            return max(self.upper(inputs[1], depth) - 1, 0)
        if op is m.UINT32_DIV:
            return self.upper(inputs[0], depth)
        if op.is_load:
            return _LOADS.get(op.parameters.rep, _MAX)
        if op.is_comparison:
            return 1
        return 64 if op in m.BIT_COUNTS else _MAX

    def _phi(self, phi: Node, depth: int) -> int:
        known = self._phis.get(phi)
        if known is not None:
            return known
        self._phis[phi] = _MAX  # while it is computed
        self._depths[phi] = depth
        if phi.control.op.is_loop:
            bound = self._counter(phi, depth)
        else:
            bound = max(self.upper(value, depth) for value in phi.inputs[:-1])
        self._phis[phi] = bound
        return bound

    # Counters.

    def _counter(self, phi: Node, depth: int) -> int:
        """The bound of a loop's counter; the highest number if it is none."""
        loop = phi.control
        first = self.upper(phi.inputs[0], depth)
        bound = first
        header = self._flow.block_of.get(loop.id)
        if header is None or len(header.predecessors) != len(loop.inputs):
            return _MAX
        for latch, following in zip(header.predecessors[1:], phi.inputs[1:-1], strict=True):
            if following is phi:
                continue
            step = _step(phi, following)
            if step is None:
                return _MAX
            limit = self._limit(phi, following, step, first, latch, header, depth)
            if limit is None:
                return _MAX
            bound = max(bound, limit)
        return bound

    def _limit(
        self, phi: Node, following: Node, step: int, first: int, latch: Block, header: Block, depth: int
    ) -> int | None:
        """The highest value that can come to the header from this latch, if a test on the path to it bounds it."""
        best: int | None = None
        block: Block | None = latch
        for _ in range(_TESTS):
            if block is None:
                break
            found = self._tested(block.header, phi, following, step, first, depth)
            if found is not None and (best is None or found < best):
                best = found
            if block is header:
                break
            block = block.dominator
        return best

    def _tested(self, edge: Node, phi: Node, following: Node, step: int, first: int, depth: int) -> int | None:
        """What a branch says of the value after the step, if it goes the way of `edge`."""
        if edge.op is not common.IF_TRUE and edge.op is not common.IF_FALSE:
            return None
        condition = edge.control.inputs[0]
        order = condition.op.order
        if order is None or condition.op.signature[0] is not WORD32:
            return None
        signed, strict = order
        left, right = condition.inputs
        if edge.op is common.IF_FALSE:  # not left < right: right <= left
            left, right, strict = right, left, not strict
        if left is following:
            added = 0
        elif left is phi:
            added = step
        else:
            return None
        limit = self.upper(right, depth)
        if signed:
            limit = min(limit, _SIGNED_MAX)
        highest = limit - strict + added  # of the value after the step
        if not signed:
            return highest
        if len(phi.control.inputs) > 2:  # values from other back edges might be negative
            return None
        # By induction: not negative before the step, no overflow, and so not negative after it.
        return highest if max(first, highest) + step <= _SIGNED_MAX + added else None


def _step(phi: Node, following: Node) -> int | None:
    """What an iteration adds to the counter: a positive constant."""
    if following.op is not m.INT32_ADD or following.inputs[0] is not phi:
        return None
    constant = following.inputs[1]
    if not constant.op.is_int32_constant or constant.op.parameters <= 0:
        return None
    step: int = constant.op.parameters
    return step
