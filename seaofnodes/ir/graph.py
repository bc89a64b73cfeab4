"""A graph: the nodes of one function, reachable from its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from seaofnodes.ir.budget import Budget
from seaofnodes.ir.endless import lost_control, terminate_endless_loops
from seaofnodes.ir.node import Edits, Node, Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common
from seaofnodes.ir.types import FLOAT32, FLOAT64, WORD32, WORD64, Type

_WALK = 1  # steps a node
_USE = 1  # steps a node: what is usually done with the result


class GraphObserver(Protocol):
    """Told of every edit, in order, but for those in place (ir/records/watched.py has those), and of what edits belong
    together: `reduced` and `applied` say that all since the last of them are one application. A graph without observers
    pays one comparison an edit.
    """

    def created(self, node: Node) -> None:
        """A node has been made."""
    def replaced(self, node: Node, replacement: Node) -> None:
        """The uses of a node are about to become those of another."""
    def killed(self, node: Node) -> None:
        """A node is about to be removed."""
    def reduced(self, node: Node, replacement: Node, reducer: Callable[[Node], Node | None]) -> None:
        """A reducer's work on a node is complete: `replacement` stands for it, or is the node, changed in place."""
    def applied(self, rule: str, node: Node, replacement: Node | None) -> None:
        """What a pass does at a node is complete, see `Graph.applied`."""
    def bound(self, rule: str, nodes: Mapping[str, Node]) -> None:
        """A declared rule is about to build its replacement: what its variables stand for, by name."""


class Inlining(NamedTuple):
    """An inlined function: its index, the bytecode offset of the call, the inlining the call is in (-1: outermost)."""

    function_index: int
    call_offset: int
    parent: int


class Graph:
    """Nodes from `start` to `end`. Ids are dense and never reused.

    Attributes: name: of the function; parameters: types, the context first; results: types; osr_offset: -1, or, for
    on-stack replacement, the bytecode offset of the loop at whose header the graph starts (OsrValues stand for the
    parameters); inlinings: functions inlined so far; origin: given to nodes made from now on (set by lifter and
    reducer); observer: or None; cut: has control been removed since the last `trim`? edits: their number;
    budget: of the compilation, which each walk over the nodes spends of, or None; assumptions: what has to stay true as
    long as frames of its code go on (runtime/tiers/assumptions.py; opaque here): then its calls keep frame states.
    """

    __slots__ = (
        "_constants",
        "_made",
        "_order",
        "_trimmed",
        "_trimmed_at",
        "_walk",
        "_walked_at",
        "assumptions",
        "budget",
        "cut",
        "edits",
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
        self.cut = False
        self.edits = Edits()
        self.budget: Budget | None = None
        self.assumptions: set[Any] = set()
        self._made: list[Node] = []  # since the last `trim`
        self._walk = 0  # the number of the last walk
        self._order: list[Node] = []  # of the last walk
        self._trimmed: list[Node] = []  # what the last `trim` left
        self._walked_at = self._trimmed_at = -1  # the number of edits then
        self._constants: dict[Operator, Node] = {}
        self.start = self.node(common.START)
        self.end = self.node(common.end(0))

    def node(self, op: Operator, *inputs: Node, type: Type | None = None) -> Node:
        """A new node; `inputs` are values, frame state, effects, controls, as the operator says."""
        node = Node(self.next_id, op, inputs, op.type if type is None else type, self.origin, self.edits)
        self.next_id += 1
        self._made.append(node)
        if self.observer is not None:
            self.observer.created(node)
        return node

    def constant(self, op: Operator) -> Node:
        """The one node of a constant operator (no inputs)."""
        found = self._constants.get(op)
        if found is None or found.op is not op and found.op != op:
            found = self._constants[op] = self.node(op)
        return found

    def adopt(self, node: Node) -> None:
        """Know a node that was made elsewhere (by the parser); `constant` finds it if it is one."""
        self._made.append(node)
        if node.op.is_constant:
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
        return self.constant(common.NULL_CONSTANT)

    def replace(self, node: Node, replacement: Node) -> None:
        """All uses of `node` become uses of `replacement`; `node` stays, unused."""
        if self.observer is not None:
            self.observer.replaced(node, replacement)
        node.replace_uses(replacement)

    def kill(self, node: Node) -> None:
        """Remove a node that has no uses; inputs that become unused stay (they are unreachable)."""
        if self.observer is not None:
            self.observer.killed(node)
        if node.op.control_out:
            self.cut = True
        for index in range(len(node.inputs) - 1, -1, -1):
            node.remove_input(index)
        node.op = common.DEAD

    def applied(self, rule: str, node: Node, replacement: Node | None = None) -> None:
        """Say that a pass has done something at one place: all edits since it said so before are one step to viewers.

        rule: what was done; node: where; replacement: what stands for the node now, the node itself if it was changed
        in place, None if there is no such node. Reducers need not say so. Costs a comparison if nobody looks.
        """
        if self.observer is not None:
            self.observer.applied(rule, node, replacement)

    def add_end(self, node: Node) -> None:
        """Make a terminator (Return, Unreachable, Terminate, ...) an input of the end."""
        self.end.append_input(node)
        self.end.op = common.end(len(self.end.inputs))

    def terminate(self, effect: Node, loop: Node) -> None:
        """Make a loop without an exit reach the end."""
        self.add_end(self.node(common.TERMINATE, effect, loop))

    def remove_end(self, node: Node) -> None:
        """Take a terminator off the end."""
        self.end.remove_input(self.end.inputs.index(node))
        self.end.op = common.end(len(self.end.inputs))

    def reachable(self) -> Sequence[Node]:
        """Nodes reachable from the end through inputs, inputs before users where there is no cycle. Without edits since
        the last time, the same list again.
        """
        return self._known() if self._walked_at == self.edits.edges else self.walk()

    def _known(self) -> list[Node]:
        """The order of the last walk, to be used again."""
        if self.budget is not None:
            self.budget.spend(_USE * len(self._order))
        return self._order

    def walk(self) -> list[Node]:
        """The reachable nodes now, in order, each with the walk's number as its mark; most passes come here, so it is
        written for speed.
        """
        number = self._walk = self._walk + 1
        node = self.end
        node.mark = number
        inputs = iter(node.inputs)
        order: list[Node] = []
        stack: list[tuple[Node, Iterator[Node]]] = []
        push, pop, finish = stack.append, stack.pop, order.append
        while True:
            for child in inputs:
                if child.mark != number:
                    child.mark = number
                    if child.inputs:
                        push((node, inputs))
                        node, inputs = child, iter(child.inputs)
                        break
                    finish(child)
            else:
                finish(node)
                if not stack:
                    break
                node, inputs = pop()
        if self.start.mark != number:
            self.start.mark = number
            order.insert(0, self.start)
        if self.budget is not None:
            self.budget.spend((_WALK + _USE) * len(order))
        self._order = order
        self._walked_at = self.edits.edges
        return order

    def trim(self) -> Sequence[Node]:
        """Drop uses by nodes that are not reachable from the end; returns the reachable nodes as `reachable` does.

        Control that the start reaches stays: a loop that has lost its last exit edge gets a Terminate (ir/endless.py).
        """
        if self.is_trimmed:
            self.cut = False
            return self._known()
        order = self._known() if self._walked_at == self.edits.edges else self.walk()
        dead = self._dead()
        if dead:
            live = set(order)
            if lost_control(dead, live) is not None and terminate_endless_loops(self.start, live, self.terminate):
                return self.trim()
            for node in dead:
                self.kill(node)
        self.cut = False
        self._walked_at = self._trimmed_at = self.edits.edges
        self._trimmed = order
        self._made = []
        return order

    @property
    def is_trimmed(self) -> bool:
        """Has nothing been edited since the last `trim`?"""
        return self._trimmed_at == self.edits.edges

    def _dead(self) -> list[Node]:
        """Nodes that are not reachable any more, or never were, and use something. All of them: what is dead now may be
        wanted again, as constants are, but without its dead users.
        """
        number = self._walk  # the last walk's, which has met all that are reachable
        return [node for nodes in (self._trimmed, self._made) for node in nodes if node.mark != number and node.inputs]
