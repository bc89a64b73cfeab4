"""Upper bounds of Word32 values, taken as unsigned; counters of loops are bounded by the tests that let them go on.

A counter is a phi of a loop header, `phi(first, phi + step)`. Every way back to the header passes a test: if that
says `counter < limit` or `counter + step < limit`, the counter never gets beyond the limit. A signed test says so
only of a counter that cannot become negative: one that starts at no negative number and cannot overflow before the
test stops it.
"""

from __future__ import annotations

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node

_MAX = 0xFFFFFFFF
_SIGNED_MAX = 0x7FFFFFFF
_DEPTH = 8  # of expressions looked through
_TESTS = 16  # blocks looked at for tests of one counter
_LOADS = {"Uint8": 0xFF, "Uint16": 0xFFFF}


class Ranges:
    """Bounds of a graph's values, computed when asked for. The graph's control flow must not change meanwhile."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._flow: ControlFlow | None = None
        self._phis: dict[Node, int] = {}

    def upper(self, node: Node, depth: int = _DEPTH) -> int:
        """No value of this Word32 node is above it, as an unsigned number."""
        op = node.op
        name = op.name
        if name == "Int32Constant":
            value: int = op.parameters
            return value & _MAX
        if not depth:
            return _MAX
        depth -= 1
        inputs = node.inputs
        if name == "Phi":
            return self._phi(node, depth)
        if name == "Word32And":
            return min(self.upper(inputs[0], depth), self.upper(inputs[1], depth))
        if name == "Int32Add":
            return min(self.upper(inputs[0], depth) + self.upper(inputs[1], depth), _MAX)
        if name == "Int32Mul":
            return min(self.upper(inputs[0], depth) * self.upper(inputs[1], depth), _MAX)
        if name == "Word32Shl" or name == "Word32Shr":
            if inputs[1].op.name != "Int32Constant":
                return self.upper(inputs[0], depth) if name == "Word32Shr" else _MAX
            count: int = inputs[1].op.parameters & 31
            bound = self.upper(inputs[0], depth)
            return bound >> count if name == "Word32Shr" else min(bound << count, _MAX)
        if name == "Word32Or" or name == "Word32Xor":
            bits = max(self.upper(inputs[0], depth).bit_length(), self.upper(inputs[1], depth).bit_length())
            return (1 << bits) - 1
        if name == "Word32Select":
            return max(self.upper(inputs[1], depth), self.upper(inputs[2], depth))
        if name == "Uint32Mod":
            return max(self.upper(inputs[1], depth) - 1, 0)
        if name == "Uint32Div":
            return self.upper(inputs[0], depth)
        if name == "Load":
            return _LOADS.get(op.parameters.rep, _MAX)
        if name.endswith(("Equal", "LessThan", "LessThanOrEqual")):
            return 1
        return 64 if name.endswith(("Clz", "Ctz", "Popcnt")) else _MAX

    def _phi(self, phi: Node, depth: int) -> int:
        known = self._phis.get(phi)
        if known is not None:
            return known
        self._phis[phi] = _MAX  # while it is computed
        if phi.control.op.name == "Loop":
            bound = self._counter(phi, depth)
        else:
            bound = max(self.upper(value, depth) for value in phi.inputs[:-1])
        self._phis[phi] = bound
        return bound

    # Counters.

    def _counter(self, phi: Node, depth: int) -> int:
        """The bound of a loop's counter; the highest number if it is none."""
        loop = phi.control
        if self._flow is None:
            self._flow = ControlFlow(self._graph)
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
        """The highest value that can come to the header from this latch, if some test on the way there tells."""
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
        if edge.op.name not in ("IfTrue", "IfFalse"):
            return None
        condition = edge.control.inputs[0]
        comparison = _COMPARISONS.get(condition.op.name)
        if comparison is None:
            return None
        signed, strict = comparison
        left, right = condition.inputs
        if edge.op.name == "IfFalse":  # not left < right: right <= left
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
        if len(phi.control.inputs) > 2:  # what the other ways back bring might be negative
            return None
        # By induction: not negative before the step, no overflow, and so not negative after it.
        return highest if max(first, highest) + step <= _SIGNED_MAX + added else None


_COMPARISONS = {
    "Uint32LessThan": (False, True),
    "Uint32LessThanOrEqual": (False, False),
    "Int32LessThan": (True, True),
    "Int32LessThanOrEqual": (True, False),
}  # signed, strict


def _step(phi: Node, following: Node) -> int | None:
    """What a turn adds to the counter: a positive constant."""
    if following.op.name != "Int32Add" or following.inputs[0] is not phi:
        return None
    constant = following.inputs[1]
    if constant.op.name != "Int32Constant" or constant.op.parameters <= 0:
        return None
    step: int = constant.op.parameters
    return step
