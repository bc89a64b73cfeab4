"""Runs a graph directly, slowly: the reference for every pass.

Control is walked block by block. In a block, what is on the effect chain executes in its order; phis are chosen by the
edge taken; everything else is evaluated when it is asked for. A floating read (effect in, none out) gives the state as
of its effect input: it is evaluated when asked for, or at the latest just before a write to its alias class executes.
One that is asked for after that, and could not be evaluated before, reads a state that no schedule can give it: an
error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seaofnodes.errors import Error, ProgramException, Trap
from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.evaluator.objects import make_objects, object_number
from seaofnodes.ir.evaluator.values import Values
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import EVERYTHING, Operator, may_write
from seaofnodes.ir.ops import common
from seaofnodes.ir.ops.common import FrameInfo
from seaofnodes.ir.ops.environment import Environment, EvaluationError

# Frames are innermost first: (FrameInfo, locals and operands). An observer gets a node, its frames, a call's results.
Frames = list[tuple[FrameInfo, list[int]]]
FrameObserver = Callable[[Node, Frames, list[int]], None]


# What goes on after a deoptimization: gets the node and its frames, gives the results of the outermost function.
Continuation = Callable[[Node, Frames], list[int]]


class OutOfSteps(Error):
    """The step limit is reached."""


class Deoptimized(Error):
    """Execution has left the graph. Attributes: node: the guard; frames: innermost first."""

    def __init__(self, node: Node, frames: Frames) -> None:
        super().__init__(f"deoptimized: {node!r}")
        self.node = node
        self.frames = frames


def evaluate(
    graph: Graph,
    arguments: Sequence[int],
    environment: Environment,
    *,
    at_frame_state: FrameObserver | None = None,
    resume: Continuation | None = None,
    steps: int | None = None,
) -> list[int]:
    """Run a graph with unsigned bit patterns (the context not counted) and return its results as such.

    at_frame_state: called at each Checkpoint and after each call with a frame state; resume: goes on where execution
    leaves the graph in a deoptimization; steps: a limit on blocks executed. Raises Trap, OutOfSteps, Deoptimized if
    there is no `resume`, EvaluationError if the graph is broken, and what calls raise.
    """
    try:
        return Evaluator(graph, arguments, environment, at_frame_state, steps).run()
    except Deoptimized as left:
        if resume is None:
            raise
        return resume(left.node, left.frames)


class Evaluator:
    """One run of one graph."""

    __slots__ = (
        "_at_frame_state",
        "_environment",
        "_flow",
        "_frozen",
        "_lost",
        "_pending",
        "_state",
        "_steps",
        "_values",
    )

    def __init__(
        self,
        graph: Graph,
        arguments: Sequence[int],
        environment: Environment,
        at_frame_state: FrameObserver | None,
        steps: int | None,
    ) -> None:
        self._flow = ControlFlow(graph)
        self._environment = environment
        self._values = Values(environment, [0, *arguments], self._read)
        self._at_frame_state = at_frame_state
        self._steps = steps
        self._state = graph.start  # the last effect executed
        self._pending: dict[str, dict[int, Node]] = {}  # alias class -> reads of the current version
        self._frozen: dict[int, tuple[list[int], int]] = {}  # reads done before a write: operands, value
        self._lost: set[int] = set()  # reads of a version that is gone

    def run(self) -> list[int]:
        block = self._flow.blocks[0]
        self._executed(self._state)
        while True:
            if self._steps is not None:
                if self._steps == 0:
                    raise OutOfSteps("too many steps")
                self._steps -= 1
            self._values.memo.clear()
            self._execute_chain(block)
            end = block.control
            if end is None:
                [successor] = block.successors
            elif end.op.is_return:
                self._expect(end, end.effect)
                return self._values.operands(end)
            elif end.op.declaration.execute is not None and not end.op.effect_out:  # a tail call, a throw
                self._expect(end, end.effect)
                found = execute(self._environment, end, self._values.operands(end))
                return found if isinstance(found, list) else [] if found is None else [found]
            elif end.op is common.UNREACHABLE:
                raise EvaluationError("reached", end)
            elif end.op.is_deoptimize:
                self._expect(end, end.effect)
                raise Deoptimized(end, self._frames(end.frame_state))
            elif end.op.effect_out:
                self._expect(end, end.effect)
                successor = self._call_in_try(end, block)
            else:
                successor = self._choose(end, block)
            self._take_edge(block, successor)
            block = successor

    # Effects.

    def _execute_chain(self, block: Block) -> None:
        block_of = self._flow.block_of
        end = block.control
        executed = 0
        node: Node | None = self._state
        while node is not None:
            following = None
            for user in node.uses:
                op = user.op
                if user is end:
                    continue
                if op.effect_out and op.control_in and not op.is_phi and user.effect is node:
                    if block_of.get(user.control.id) is block and not (following is None or following is user):
                        raise EvaluationError("the effect chain forks", node)
                    if block_of.get(user.control.id) is block:
                        following = user
            node = following
            if node is not None:
                self._execute(node)
                executed += node.op.control_out
        if executed != len(block.fixed):
            raise EvaluationError("a node on the control chain is not on the effect chain", block.header)

    def _execute(self, node: Node) -> None:
        operands = self._values.operands(node)
        if node.op.is_guard and bool(operands[0]) == node.op.fires_on_true:
            raise Deoptimized(node, self._frames(node.frame_state))
        frames = self._frames(node.frame_state) if node.op.frame_in and self._at_frame_state is not None else None
        if node.op.writes:
            self._freeze(node.op)
        result = execute(self._environment, node, operands)
        if result is not None:
            self._values.fixed[node.id] = result
        self._state = node
        self._executed(node)
        if frames is not None and self._at_frame_state is not None:
            results = result if isinstance(result, list) else [] if result is None else [result]
            self._at_frame_state(node, frames, results)

    def _executed(self, node: Node) -> None:
        """Reads of the state that this effect leaves start anew."""
        for user in node.uses:
            op = user.op
            if op.effect_in and not op.effect_out and not op.control_out and user.effect is node:
                self._frozen.pop(user.id, None)
                self._lost.discard(user.id)
                self._values.memo.pop(user.id, None)
                self._pending.setdefault(op.reads, {})[user.id] = user

    def _freeze(self, op: Operator) -> None:
        """Evaluate, as far as possible, the pending reads that what an operator writes would disturb."""
        for name in [name for name in self._pending if name == EVERYTHING or may_write(op, name)]:
            for node in self._pending.pop(name, {}).values():
                try:
                    value = self._values.get(node)
                    self._frozen[node.id] = (self._values.operands(node), value)
                except EvaluationError:  # not needed on this path, or an error when it is asked for
                    self._lost.add(node.id)
        self._values.memo.clear()  # operands may have been those of the iteration before

    def _read(self, node: Node) -> int:
        operands = self._values.operands(node)
        if node.id in self._lost:
            raise EvaluationError("reads a state that has been overwritten", node)
        frozen = self._frozen.get(node.id)
        if frozen is not None:
            if frozen[0] != operands:
                raise EvaluationError("reads a state that has been overwritten, with new operands", node)
            return frozen[1]
        try:
            result = execute(self._environment, node, operands)
        except Trap as trap:
            raise EvaluationError(f"cannot trap, but did: {trap.reason}", node) from None
        if not isinstance(result, int):
            raise EvaluationError("reads no value", node)
        return result

    def _expect(self, node: Node, effect: Node) -> None:
        if effect is not self._state:
            raise EvaluationError(f"its effect input is not the last effect, n{self._state.id}", node)

    # Control.

    def _call_in_try(self, call: Node, block: Block) -> Block:
        """Call, and go on where it came back or threw."""
        success, exception = block.successors
        found: int | list[int]
        try:
            self._execute(call)
            found = self._values.fixed.pop(call.id)
            successor = success
        except ProgramException as error:
            found = self._environment.caught(error)
            successor = exception
        header = successor.header
        self._values.fixed[header.id] = found
        self._values.memo.clear()
        self._state = header
        self._executed(header)
        return successor

    def _choose(self, end: Node, block: Block) -> Block:
        selector = self._values.get(end.inputs[0])
        default: Block | None = None
        for successor in block.successors:
            op = successor.header.op
            if op is common.IF_TRUE or op is common.IF_FALSE:
                if (op is common.IF_TRUE) == bool(selector):
                    return successor
            elif op is common.IF_DEFAULT:
                default = successor
            elif op.parameters & 0xFFFFFFFF == selector:
                return successor
        if default is None:
            raise EvaluationError("no successor", end)
        return default

    def _take_edge(self, block: Block, successor: Block) -> None:
        """Give the phis of the successor their new values, all at once, and continue its effect phi."""
        header = successor.header
        if not header.op.is_merge:
            return
        at = next(i for i, control in enumerate(header.controls) if self._flow.block_of.get(control.id) is block)
        values = self._values
        phis = [user for user in header.uses if user.op.is_value_phi and user.uses]  # others were replaced
        chosen = [values.get(phi.inputs[at]) for phi in phis]
        for phi, value in zip(phis, chosen, strict=True):
            values.fixed[phi.id] = value
        values.memo.clear()
        for user in header.uses:
            if user.op.is_effect_phi and user.uses:
                self._expect(user, user.inputs[at])
                self._state = user
                self._executed(user)

    # Frame states.

    def _frames(self, state: Node) -> Frames:
        found: Frames = []
        made = make_objects(self._environment, state, self._values.get)
        while True:
            values = []
            for value in common.values_of(state):
                number = object_number(value)
                values.append(self._values.get(value) if number is None else made[number])
            found.append((state.op.parameters, values))
            if not state.op.frame_in:
                return found
            state = state.frame_state


def execute(environment: Environment, node: Node, operands: Sequence[int]) -> int | list[int] | None:
    """Execute a node that has an effect input; a call with not exactly one result gives a list."""
    function = node.op.declaration.execute
    if function is None:
        raise EvaluationError("no meaning", node)
    return function(environment, node, operands)
