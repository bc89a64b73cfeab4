"""A graph: the nodes of one function, reachable from its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common
from seaofnodes.ir.types import FLOAT32, FLOAT64, WORD32, WORD64, Type


class GraphObserver(Protocol):
    """Told of every edit, in order, but for those in place; `reduced` when a reducer's work on a node is complete. A
    graph without observers pays one comparison an edit.
    """

    def created(self, node: Node) -> None: ...
    def replaced(self, node: Node, replacement: Node) -> None: ...
    def killed(self, node: Node) -> None: ...
    def reduced(self, node: Node, replacement: Node, reducer: Callable[[Node], Node | None]) -> None: ...


class Inlining(NamedTuple):
    """An inlined function: its index, the bytecode offset of the call, the inlining the call is in (-1: outermost)."""

    function_index: int
    call_offset: int
    parent: int


class Graph:
    """Nodes from `start` to `end`. Ids are dense and never reused.

    Attributes: name: of the function; parameters: types, the instance first; results: types; osr_offset: -1, or, for
    on-stack replacement, the bytecode offset of the loop at whose header the graph starts (OsrValues stand for the
    parameters); inlinings: functions inlined so far; origin: given to nodes made from now on (set by lifter and
    reducer); observer: or None.
    """

    __slots__ = (
        "_constants",
        "end",
        "function_index",
        "inlinings",
        "name",
        "next_id",
        "observer",
        "origin",
        "osr_offset",
        "parameters",
        "results",
        "start",
    )

    def __init__(
        self, name: str, parameters: Iterable[Type], results: Iterable[Type], function_index: int = -1
    ) -> None:
        self.name = name
        self.function_index = function_index
        self.parameters = tuple(parameters)
        self.results = tuple(results)
        self.osr_offset = -1
        self.inlinings: list[Inlining] = []
        self.next_id = 0
        self.origin = Origin()
        self.observer: GraphObserver | None = None
        self._constants: dict[Operator, Node] = {}
        self.start = self.node(common.start())
        self.end = self.node(common.end(0))

    def node(self, op: Operator, *inputs: Node, type: Type | None = None) -> Node:
        """A new node; `inputs` are values, frame state, effects, controls, as the operator says."""
        node = Node(self.next_id, op, inputs, op.type if type is None else type, self.origin)
        self.next_id += 1
        if self.observer is not None:
            self.observer.created(node)
        return node

    def constant(self, op: Operator) -> Node:
        """The one node of a constant operator (no inputs)."""
        found = self._constants.get(op)
        if found is None or found.op is not op and found.op != op:
            found = self._constants[op] = self.node(op)
        return found

    def adopt_constant(self, node: Node) -> None:
        """Let `constant` find a constant node that was made elsewhere (by the parser)."""
        self._constants.setdefault(node.op, node)

    def int32(self, value: int) -> Node:
        """Word32 constant; any int, taken modulo 2**32."""
        return self.constant(common.int32_constant(value))

    def int64(self, value: int) -> Node:
        """Word64 constant; any int, taken modulo 2**64."""
        return self.constant(common.int64_constant(value))

    def float32(self, bits: int) -> Node:
        """Float32 constant from its bit pattern."""
        return self.constant(common.float32_constant(bits))

    def float64(self, bits: int) -> Node:
        """Float64 constant from its bit pattern."""
        return self.constant(common.float64_constant(bits))

    def constant_of(self, type: Type, bits: int) -> Node:
        """A constant of any numeric type from its bit pattern."""
        if type is WORD32:
            return self.int32(bits)
        if type is WORD64:
            return self.int64(bits)
        if type is FLOAT32:
            return self.float32(bits)
        if type is FLOAT64:
            return self.float64(bits)
        return self.constant(common.null_constant())

    def replace(self, node: Node, replacement: Node) -> None:
        """All uses of `node` become uses of `replacement`; `node` stays, unused."""
        if self.observer is not None:
            self.observer.replaced(node, replacement)
        node.replace_uses(replacement)

    def kill(self, node: Node) -> None:
        """Remove a node that has no uses; inputs that become unused stay (they are unreachable)."""
        if self.observer is not None:
            self.observer.killed(node)
        for index in range(len(node.inputs) - 1, -1, -1):
            node.remove_input(index)
        node.op = common.DEAD

    def add_end(self, node: Node) -> None:
        """Make a terminator (Return, Unreachable, Terminate, ...) an input of the end."""
        self.end.append_input(node)
        self.end.op = common.end(len(self.end.inputs))

    def remove_end(self, node: Node) -> None:
        """Take a terminator off the end."""
        self.end.remove_input(self.end.inputs.index(node))
        self.end.op = common.end(len(self.end.inputs))

    def reachable(self) -> list[Node]:
        """Nodes reachable from the end through inputs, inputs before users where there is no cycle."""
        return self._walk()[0]

    def _walk(self) -> tuple[list[Node], set[Node]]:
        """The reachable nodes, in order and as a set; most passes come here, so it is written for speed."""
        seen = {self.end}
        order: list[Node] = []
        add, push, pop, finish = seen.add, (stack := [self.end]).append, stack.pop, order.append
        iterators = [iter(self.end.inputs)]
        while iterators:
            for child in iterators[-1]:
                if child not in seen:
                    add(child)
                    push(child)
                    iterators.append(iter(child.inputs))
                    break
            else:
                iterators.pop()
                finish(pop())
        if self.start not in seen:
            add(self.start)
            order.insert(0, self.start)
        return order, seen

    def trim(self) -> list[Node]:
        """Drop uses by nodes that are not reachable from the end; returns the reachable nodes as `reachable` does."""
        order, live = self._walk()
        dead: dict[Node, None] = {}
        for node in order:
            if not live.issuperset(node.uses):
                dead.update((user, None) for user in node.uses if user not in live)
        for user in dead:  # their own inputs may be dead too: only edges into the live part matter
            self.kill(user)
        return order
