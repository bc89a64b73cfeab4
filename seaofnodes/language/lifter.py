"""From bytecode to a graph: control flow, phis, loops and frame states are made here, instructions by a language.

    lifter = Lifter("f", parameters, results, function=0, loops={8})
    lifter.values = [lifter.parameter(0), lifter.graph.int64(0)]
    graph = lifter.run(offsets, step)

`step(offset)` builds one instruction: it reads and replaces `lifter.values`, and ends blocks with `jump`, `branch_to`,
`return_` and `deoptimize`. Instructions are visited in the order of their offsets, so branches backwards have to go to
loop headers that were named before. SSA is built as in Braun et al., "Simple and Efficient Construction of Static
Single Assignment Form", CC 2013.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.builder import FrameStates, GraphBuilder
from seaofnodes.ir.cleanup import open_loop, remove_redundant_phis
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common
from seaofnodes.ir.types import WORD64, Type
from seaofnodes.runtime.tiers.assumptions import Assumption

_MOST_COPIES: Final = 4  # of a loop that is entered in several ways, or from inside on-stack replacement


@dataclass(slots=True)
class _Loop:
    """A loop header that has been built. Attributes: values: its phis; check: its StackCheck."""

    header: Node
    effect: Node
    values: list[Node]
    check: Node


@dataclass(frozen=True, slots=True)
class _Edge:
    """Where control comes from, with the values that it brings; inside: the loop headers that dominate it."""

    effect: Node
    control: Node
    values: list[Node]
    inside: frozenset[int]


class Lifter(GraphBuilder):
    """Builds one graph. Attributes: values: locals and operands at the current point; offset: of the instruction that
    is built; reachable: can that be reached? If not, `step` is not called.
    """

    __slots__ = (
        "_before",
        "_edges",
        "_function",
        "_inside",
        "_later",
        "_loops",
        "_made",
        "_open",
        "_start",
        "_started",
        "_state",
        "_states",
        "offset",
        "reachable",
        "values",
    )

    def __init__(
        self,
        name: str,
        parameters: Iterable[Type],
        results: Iterable[Type],
        *,
        function: int,
        loops: Collection[int] = (),
        start: int = -1,
    ) -> None:
        """parameters: without the instance's address, which every function has first; loops: offsets of loop headers;
        start: -1, or the offset of a loop header at which the graph starts (on-stack replacement).
        """
        super().__init__(Graph(name, (WORD64, *parameters), results, function))
        self.values: list[Node] = []
        self.offset = -1
        self.reachable = True
        self._function = function
        self._loops = frozenset(loops)
        self._open: dict[int, _Loop] = {}
        self._edges: dict[int, list[_Edge]] = {}
        self._later: dict[int, list[_Edge]] = {}
        self._made: list[_Loop] = []
        self._started: Counter[int] = Counter()
        self._before: list[Node] = []
        self._inside: frozenset[int] = frozenset()
        self._state: Node | None = None
        self._states = FrameStates(self.graph)
        self._start = start
        self.op(common.STACK_CHECK_ENTRY)

    def run(self, offsets: Sequence[int], step: Callable[[int], None]) -> Graph:
        """Build all instructions that can be reached; offsets: of all, ascending. Gives the graph.

        Raises UnsupportedError for branches that make no loops of the declared headers.
        """
        self.jump(self._start if self._start >= 0 else offsets[0])
        while self._later:
            start = max(self._later)  # the innermost loop comes first
            self._started[start] += 1
            if self._started[start] > _MOST_COPIES:
                raise UnsupportedError(f"{self.graph.name}: irreducible control flow at {start:#x}")
            first = self._later.pop(start)
            self._edges = {start: [_Edge(edge.effect, edge.control, edge.values, frozenset()) for edge in first]}
            self._open = {}
            for offset in offsets:
                if offset >= start:
                    self._visit(offset, step)
        self._close()
        self.graph.trim()
        return self.graph

    def _visit(self, offset: int, step: Callable[[int], None]) -> None:
        self.graph.origin = Origin(offset)
        edges = self._edges.pop(offset, [])
        if self.reachable and (edges or offset in self._loops):
            edges.append(_Edge(self.effect, self.control, self.values, self._inside))
        if edges:
            self._meet(edges)
            if offset in self._loops:
                self._open_loop(offset)
        if self.reachable:
            self.offset = offset
            self._state = None
            self._before = list(self.values)
            step(offset)

    def _meet(self, edges: list[_Edge]) -> None:
        merge = self.merge([(edge.effect, edge.control) for edge in edges])
        columns = zip(*(edge.values for edge in edges), strict=True)
        self.values = [self.phi(column, merge) for column in columns]
        self._inside = frozenset.intersection(*(edge.inside for edge in edges))
        self.reachable = True

    def _open_loop(self, offset: int) -> None:
        graph = self.graph
        header = graph.node(common.loop(1), self.control)
        effect = graph.node(common.effect_phi(1), self.effect, header)
        phis = [graph.node(common.phi(value.type, 1), value, header) for value in self.values]
        self.effect, self.control, self.values = effect, header, phis
        self._inside |= {offset}
        check = self.op(common.STACK_CHECK_LOOP)
        self._open[offset] = _Loop(header, effect, list(phis), check)
        self._made.append(self._open[offset])

    def _close(self) -> None:
        """No more edges come."""
        phis: list[Node] = []
        for loop in self._made:
            if len(loop.header.inputs) == 1:
                open_loop(self.graph, loop.header, loop.check)
            phis += [loop.effect, *loop.values]
        remove_redundant_phis(self.graph, phis)

    # What ends a block.

    def jump(self, target: int) -> None:
        """Go on at an offset; nothing is reachable until something else is."""
        self._edge(target, _Edge(self.effect, self.control, list(self.values), self._inside))
        self.reachable = False

    def branch_to(self, condition: Node, target: int) -> None:
        """Go on at an offset if the condition (Word32) is not zero, else behind this instruction."""
        taken, self.control = self.branch(condition)
        self._edge(target, _Edge(self.effect, taken, list(self.values), self._inside))

    def return_(self, *values: Node) -> None:
        """End the function with these results; the point after it is not reachable."""
        super().return_(*values)
        self.reachable = False

    def _edge(self, target: int, edge: _Edge) -> None:
        loop = self._open.get(target)
        if target > self.offset and self.offset >= 0:
            self._edges.setdefault(target, []).append(edge)
        elif loop is not None and target in edge.inside:
            now = self.effect, self.control
            self.effect, self.control = edge.effect, edge.control
            self.add_back_edge(loop.header, loop.effect, list(zip(loop.values, edge.values, strict=True)))
            self.effect, self.control = now
        elif target in self._loops or self.offset < 0:
            self._later.setdefault(target, []).append(edge)
        else:
            raise UnsupportedError(f"{self.graph.name}: a branch back to {target:#x}, which is no loop header")

    # Frame states.

    def state_before(self) -> Node:
        """The frame state before this instruction, which then runs again: what it has done so far must not show."""
        if self._state is None:
            self._state = self._frame_state("before", self._before)
        return self._state

    def state_after(self) -> Node:
        """The frame state after this instruction, with `values` as they are; the call's results come to it later."""
        return self._frame_state("after", self.values)

    def _frame_state(self, mode: str, values: Sequence[Node]) -> Node:
        types = tuple(value.type for value in values)
        info = common.FrameInfo(self._function, self.offset, mode, len(types), 0, types, kind="interpreter")
        return self._states.make(info, values)

    def deoptimize_if(self, condition: Node, reason: str) -> None:
        """Leave before this instruction if the condition (Word32) is not zero."""
        speculation = common.Speculation(reason, self._function)
        self.op(common.deoptimize_if(speculation), condition, frame_state=self.state_before())

    def deoptimize_unless(self, condition: Node, reason: str) -> None:
        """Leave before this instruction if the condition (Word32) is zero."""
        speculation = common.Speculation(reason, self._function)
        self.op(common.deoptimize_unless(speculation), condition, frame_state=self.state_before())

    def deoptimize(self, reason: str) -> None:
        """Leave before this instruction."""
        speculation = common.Speculation(reason, self._function)
        self.graph.add_end(
            self.graph.node(common.deoptimize(speculation), self.state_before(), self.effect, self.control)
        )
        self.reachable = False

    def depends_on(self, assumption: Assumption) -> bool:
        """May the graph take for granted what the assumption says? If so, its code is given up once that has ended, and
        frames leave it where a call returns to them, which all have to be made by `call` then. If not, it has ended.

        Ask before reading what the assumption is about: what ends later is noticed.
        """
        if assumption.is_valid:
            self.graph.assumptions.add(assumption)
        return assumption.is_valid

    def call(self, function: int, arguments: Sequence[Node], results: Sequence[Type], site: int) -> list[Node]:
        """Call a function of the unit; results: types; site: number of the call among its function's.

        Where execution leaves in the callee, after it was inlined, this frame goes on after this instruction.
        """
        descriptor = common.CallDescriptor(
            tuple(argument.type for argument in arguments), tuple(results), function, site, has_frame_state=True
        )
        made = self.op(common.call(descriptor), self.context, *arguments, frame_state=self.state_after())
        return self.results(made, results)
