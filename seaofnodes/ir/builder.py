"""Building graphs: current effect and control are threaded for you, and scopes build merges, loops and phis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common
from seaofnodes.ir.ops.parameters import FrameInfo
from seaofnodes.ir.types import NONE, WORD64, Type

_MOST_FLAT: Final = 16  # values that a frame state has without a tree
_WIDTH: Final = 8  # of the tree


class GraphBuilder:
    """Appends to a graph at a current point: `effect` and `control` (both None where no code can be reached).
    Attributes beside: context: parameter 0, what the code runs in.

    b = GraphBuilder(Graph("abs", [WORD64, WORD32], [WORD32]))
    x = b.parameter(0)
    [result] = b.if_else(b.op(INT32_LESS_THAN, x, b.graph.int32(0)),
                         lambda: [b.op(INT32_SUB, b.graph.int32(0), x)], lambda: [x])
    b.return_(result)
    """

    __slots__ = ("_parameters", "context", "control", "effect", "graph")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.effect: Node = graph.start
        self.control: Node = graph.start
        self._parameters: dict[int, Node] = {}
        self.context = graph.node(common.parameter(0, WORD64), graph.start)

    def parameter(self, index: int) -> Node:
        """The function's own parameter `index`, from 0 (the context not counted)."""
        found = self._parameters.get(index)
        if found is None:
            op = common.parameter(index + 1, self.graph.parameters[index + 1])
            found = self._parameters[index] = self.graph.node(op, self.graph.start)
        return found

    def op(self, op: Operator, *values: Node, frame_state: Node | None = None) -> Node:
        """A node with these values; effect and control inputs and outputs are threaded as the operator says."""
        inputs = values if frame_state is None else (*values, frame_state)
        if op.effect_in:
            inputs = (*inputs, self.effect)
        if op.control_in:
            inputs = (*inputs, self.control)
        node = self.graph.node(op, *inputs)
        if op.effect_out:
            self.effect = node
        if op.control_out:
            self.control = node
        return node

    def results(self, call: Node, types: Sequence[Type]) -> list[Node]:
        """The results of a call: itself, or its projections."""
        if len(types) == 1:
            return [call]
        return [self.graph.node(common.projection(i, type), call) for i, type in enumerate(types)]

    def return_(self, *values: Node) -> None:
        """End this path with these results."""
        self.graph.add_end(self.graph.node(common.return_(len(values)), *values, self.effect, self.control))

    def unreachable(self) -> None:
        """End this path: what stands before traps."""
        self.graph.add_end(self.graph.node(common.UNREACHABLE, self.effect, self.control))

    def branch(self, condition: Node, op: Operator = common.BRANCH) -> tuple[Node, Node]:
        """The IfTrue and the IfFalse of a new Branch; the current control is used up."""
        branch = self.graph.node(op, condition, self.control)
        return self.graph.node(common.IF_TRUE, branch), self.graph.node(common.IF_FALSE, branch)

    def merge(self, arms: Sequence[tuple[Node, Node]]) -> Node:
        """Continue where several (effect, control) meet; returns the Merge (or the only control)."""
        if len(arms) == 1:
            self.effect, self.control = arms[0]
            return self.control
        merge = self.graph.node(common.merge(len(arms)), *(control for _, control in arms))
        self.effect = self.effect_phi([effect for effect, _ in arms], merge)
        self.control = merge
        return merge

    def effect_phi(self, effects: Sequence[Node], merge: Node) -> Node:
        """An effect phi with an effect for each input of the merge, or the effect itself if all are the same."""
        if all(effect is effects[0] for effect in effects):
            return effects[0]
        return self.graph.node(common.effect_phi(len(effects)), *effects, merge)

    def phi(self, values: Sequence[Node], merge: Node) -> Node:
        """A phi, or the value itself if all are the same."""
        if all(value is values[0] for value in values):
            return values[0]
        type = values[0].type
        return self.graph.node(common.phi(type, len(values)), *values, merge)

    def if_else(
        self, condition: Node, then: Callable[[], Sequence[Node]], otherwise: Callable[[], Sequence[Node]] = tuple
    ) -> list[Node]:
        """Both arms build at the current point and give their values; the result is a phi for each."""
        if_true, if_false = self.branch(condition)
        effect = self.effect
        self.control = if_true
        first = then()
        arm = (self.effect, self.control)
        self.effect, self.control = effect, if_false
        second = otherwise()
        merge = self.merge([arm, (self.effect, self.control)])
        return [self.phi(pair, merge) for pair in zip(first, second, strict=True)]

    def while_(
        self,
        initial: Sequence[Node],
        condition: Callable[[list[Node]], Node],
        body: Callable[[list[Node]], Sequence[Node]],
    ) -> list[Node]:
        """`while condition(variables): variables = body(variables)`; gives the variables after the loop."""
        graph = self.graph
        loop = graph.node(common.loop(1), self.control)
        effect_phi = graph.node(common.effect_phi(1), self.effect, loop)
        phis = [graph.node(common.phi(value.type, 1), value, loop) for value in initial]
        self.effect, self.control = effect_phi, loop
        if_true, if_false = self.branch(condition(phis))
        exit_effect = self.effect
        self.control = if_true
        self.add_back_edge(loop, effect_phi, list(zip(phis, body(phis), strict=True)))
        self.effect, self.control = exit_effect, if_false
        return phis

    def add_back_edge(self, loop: Node, effect_phi: Node, phis: Sequence[tuple[Node, Node]]) -> None:
        """Close a loop from the current point: each phi gets its new value."""
        loop.append_input(self.control)
        loop.op = common.loop(len(loop.inputs))
        count = loop.op.control_in
        effect_phi.insert_input(count - 1, self.effect)
        effect_phi.op = common.effect_phi(count)
        for phi, value in phis:
            phi.insert_input(count - 1, value)
            phi.op = common.phi(phi.type, count)

    def constant_like(self, node: Node, bits: int) -> Node:
        """A constant of the type of a node, from its bit pattern."""
        assert node.type is not NONE
        return self.graph.constant_of(node.type, bits)


class FrameStates:
    """Makes the frame states of a graph, with StateValues that they share. Attributes: edges: value inputs made."""

    __slots__ = ("_graph", "_made", "edges")

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._made: dict[tuple[Node, ...], Node] = {}
        self.edges = 0

    def make(self, info: FrameInfo, values: Sequence[Node]) -> Node:
        """A frame state of these values, which have the types `info.types`."""
        if len(values) > _MOST_FLAT:
            while len(values) > _WIDTH:
                values = [self._group(tuple(values[at : at + _WIDTH])) for at in range(0, len(values), _WIDTH)]
            info = replace(info, inputs=tuple([value.type for value in values]))
        self.edges += len(values)
        return self._graph.node(common.frame_state(info), *values)

    def _group(self, values: tuple[Node, ...]) -> Node:
        if len(values) == 1:
            return values[0]
        found = self._made.get(values)
        if found is None:
            op = common.state_values(tuple([value.type for value in values]))
            found = self._made[values] = self._graph.node(op, *values)
            self.edges += len(values)
        return found
