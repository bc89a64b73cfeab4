"""Lifting, the part about control: SSA straight from the structured bytecode.

Locals and operands are Python lists of nodes. A branch leaves an `Arm` at its label: effect, control, locals, values;
the label's end merges its arms. Lists of locals are shared between arms until one is assigned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common
from seaofnodes.ir.types import Type
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.lift.analysis import EDGE_WORK, PHI_WORK, BodyFacts, Work, analyze, check_size
from seaofnodes.wasm.opcodes import Catch
from seaofnodes.wasm.types import FuncType


class Arm(NamedTuple):
    """A point from where control goes to a label. `locals` must not be changed any more."""

    effect: Node
    control: Node
    locals: list[Node]
    values: list[Node]


class Handler:
    """A try that catches.

    Attributes: arms: what is thrown in it so far, each with the exception as its only value; outer: the handler around
    it, or None; clauses: of a try_table; outside: number of labels around it.
    """

    __slots__ = ("arms", "clauses", "outer", "outside")

    def __init__(self, outer: Handler | None, clauses: tuple[Catch, ...], outside: int) -> None:
        self.arms: list[Arm] = []
        self.outer = outer
        self.clauses = clauses
        self.outside = outside


class Label:
    """An open block, loop, if, try, or the function itself.

    Attributes: end: index of its end; else_index: of an if with an else, or of a try's next catch, else -1; height:
    number of operands below it; arity: number of values a branch to it carries; arms: branches so far; otherwise: of
    an if, the state at its else, until that is reached; loop: what a loop's branches feed; again: of a loop that is
    entered in its middle, the index of its instruction, else -1; joined: what goes on after the loop's end besides what
    falls out of it, or None; handler: gets what is thrown in it, or None; tries: of a try, its handler, until its
    first catch; catching: of a try, have its catches begun?; uncaught: then, what none of them so far has caught.
    """

    __slots__ = (
        "again", "arity", "arms", "catching", "else_index", "end", "handler", "height", "is_function", "joined",
        "loop", "otherwise", "tries", "uncaught",
    )  # fmt: skip

    def __init__(self, end: int, height: int, arity: int, handler: Handler | None = None) -> None:
        self.end = end
        self.height = height
        self.arity = arity
        self.arms: list[Arm] = []
        self.else_index = -1
        self.otherwise: Arm | None = None
        self.loop: LoopPhis | None = None
        self.is_function = False
        self.again = -1
        self.joined: list[Arm] | None = None
        self.handler = handler
        self.tries: Handler | None = None
        self.catching = False
        self.uncaught: Arm | None = None

    @property
    def next_part(self) -> int:
        """Where code can be reached again when it cannot be here: index of the else, catch or end."""
        if self.else_index >= 0 and (
            self.otherwise is not None or self.uncaught is not None or (self.tries is not None and self.tries.arms)
        ):
            return self.else_index
        return self.end


class LoopPhis(NamedTuple):
    """What a loop's back edges feed; `check` is its StackCheck, `locals` are (index, phi)."""

    loop: Node
    effect: Node
    locals: list[tuple[int, Node]]
    parameters: list[Node]
    check: Node


class ControlLifter(GraphBuilder):
    """Keeps the state of lifting at one instruction.

    Attributes: pc: index of the instruction; locals and stack: nodes; shared: does an arm hold `locals` too (then copy
    before writing)?; unreachable_code: is there no way to get here?; phis: all that were made, of values and effects;
    work: on lists of locals, so far.
    """

    __slots__ = (
        "body",
        "facts",
        "labels",
        "locals",
        "loops",
        "pc",
        "phis",
        "shared",
        "stack",
        "unreachable_code",
        "work",
    )

    def __init__(self, graph: Graph, body: Body) -> None:
        super().__init__(graph)
        self.body = body
        check_size(graph.name, 0, len(body.opcodes))
        self.work = Work(graph.name, len(body.locals))
        self.facts: BodyFacts = analyze(body, self.work)
        self.pc = 0
        self.stack: list[Node] = []
        self.locals: list[Node] = []
        self.shared = False
        self.unreachable_code = False
        self.phis: list[Node] = []
        self.loops: list[LoopPhis] = []
        function = Label(len(body.opcodes) - 1, 0, len(graph.results))
        function.is_function = True
        self.labels = [function]

    def checkpoint(self) -> None:
        """A place where execution could leave for the baseline code, before the current instruction."""

    def loop_checkpoint(self) -> None:
        """A place where it could leave before a loop, as it is entered."""

    # Structured control.

    def block(self, kind: FuncType) -> None:
        height = len(self.stack) - len(kind.params)
        self.labels.append(Label(self.body.matches[self.pc], height, len(kind.results), self.labels[-1].handler))

    def loop(self, kind: FuncType) -> None:
        assigned = self.facts.loops.get(self.pc)
        if assigned is None:  # nothing branches back
            return self.block(kind)
        self.loop_checkpoint()
        arity = len(kind.params)
        label = Label(self.body.matches[self.pc], len(self.stack) - arity, arity, self.labels[-1].handler)
        self.labels.append(label)
        node, phi = self.graph.node, common.phi
        loop = node(common.loop(1), self.control)
        effect = node(common.effect_phi(1), self.effect, loop)
        self.control, self.effect = loop, effect
        locals = self.own_locals()
        phis = []
        for index in sorted(assigned):
            initial = locals[index]
            locals[index] = found = node(phi(initial.type, 1), initial, loop)
            phis.append((index, found))
        self.work.spend(PHI_WORK * len(phis))
        parameters = [node(phi(value.type, 1), value, loop) for value in self.stack[label.height :]]
        self.stack[label.height :] = parameters
        self.phis.append(effect)
        self.phis.extend(found for _, found in phis)
        self.phis.extend(parameters)
        self.checkpoint()
        label.loop = LoopPhis(loop, effect, phis, parameters, self.op(common.STACK_CHECK_LOOP))
        self.loops.append(label.loop)

    def if_(self, kind: FuncType) -> None:
        if_true, if_false = self.branch(self.stack.pop())
        self.block(kind)
        label = self.labels[-1]
        label.else_index = self.body.matches.get(~self.pc, -1)
        self.shared = True
        label.otherwise = Arm(self.effect, if_false, self.locals, self.stack[label.height :])
        self.control = if_true

    def else_(self, _: None) -> None:
        label = self.labels[-1]
        if not self.unreachable_code:
            self.go_to_label(label)
        if label.otherwise is None:  # the function is entered behind this if
            self.unreachable_code = True
            return
        self.continue_at(label.otherwise, label.height)
        label.otherwise = None

    def end(self, _: None) -> None:
        label = self.labels.pop()
        if label.loop is not None:
            self._close_loop(label.loop, label.arms)
            if label.joined is not None:
                self._join(label.joined, label.height)
            return
        if label.again >= 0:
            return self._enter_loop_again(label)
        if not self.unreachable_code:
            if label.is_function:
                return self.go_to_label(label)
            if not label.arms and label.otherwise is None:  # nothing branched here
                return
            label.arms.append(self.arm(label.arity))
        if label.otherwise is not None:  # an if without else: its parameters are its results
            label.arms.append(label.otherwise)
        if label.arms:
            self.merge_arms(label.arms, label.height)

    def _enter_loop_again(self, label: Label) -> None:
        """The end of a loop that was entered in its middle: what has branched to its header enters it as a whole.

        So the function has the loop twice, the first time without its header, and control flow is reducible.
        """
        if not label.arms:
            return
        kind = self.body.immediates[label.again]
        after = [] if self.unreachable_code else [self.arm(len(kind.results))]
        self.merge_arms(label.arms, label.height)
        self.pc = label.again
        self.graph.origin = Origin(self.body.offsets[self.pc], -1, "lift")
        self.loop(kind)
        self.labels[-1].joined = after

    def _join(self, arms: list[Arm], height: int) -> None:
        """Control comes here from the arms, too."""
        if not self.unreachable_code and arms:
            arms = [*arms, self.arm(len(arms[0].values))]
        if arms:
            self.merge_arms(arms, height)

    def call_in_try(self, call: Node, results: Sequence[Type], handler: Handler) -> list[Node]:
        """Go on after a call, whose exceptions go to the handler; gives its results."""
        graph = self.graph
        success = graph.node(common.IF_SUCCESS, call, call)
        exception = graph.node(common.IF_EXCEPTION, call, call)
        self.shared = True
        handler.arms.append(Arm(exception, exception, self.locals, [exception]))
        self.effect = self.control = success
        return [graph.node(common.projection(i, type), success) for i, type in enumerate(results)]

    def go_to(self, depth: int) -> None:
        """Control goes from here to a label; state is left as it is."""
        self.go_to_label(self.labels[-1 - depth])

    def br(self, depth: int) -> None:
        self.go_to_label(self.labels[-1 - depth])
        self.unreachable_code = True

    def return_values(self, _: None) -> None:
        self.go_to_label(self.labels[0])
        self.unreachable_code = True

    def br_if(self, depth: int) -> None:
        if_true, if_false = self.branch(self.stack.pop())
        self.control = if_true
        self.go_to_label(self.labels[-1 - depth])
        self.control = if_false

    def br_table(self, depths: tuple[int, ...]) -> None:
        selector = self.stack.pop()
        default = depths[-1]
        values: dict[int, list[int]] = {}
        for value, depth in enumerate(depths[:-1]):
            if depth != default:
                values.setdefault(depth, []).append(value)
        self.unreachable_code = True
        if not values:
            return self.go_to_label(self.labels[-1 - default])
        graph = self.graph
        count = sum(map(len, values.values())) + 1
        switch = graph.node(common.switch(count), selector, self.control)
        for depth, found in values.items():
            cases = [graph.node(common.if_value(value), switch) for value in found]
            self.control = cases[0] if len(cases) == 1 else graph.node(common.merge(len(cases)), *cases)
            self.go_to_label(self.labels[-1 - depth])
        self.control = graph.node(common.IF_DEFAULT, switch)
        self.go_to_label(self.labels[-1 - default])

    # Locals.

    def own_locals(self) -> list[Node]:
        """The locals, in a list that may be changed."""
        if self.shared:
            self.work.spend(len(self.locals))
            self.locals = self.locals.copy()
            self.shared = False
        return self.locals

    # Arms.

    def _top(self, count: int) -> list[Node]:
        return self.stack[len(self.stack) - count :]

    def arm(self, arity: int) -> Arm:
        self.shared = True
        return Arm(self.effect, self.control, self.locals, self._top(arity))

    def go_to_label(self, label: Label) -> None:
        """Control goes from here to the label; state is left as it is."""
        if label.is_function:
            self.return_(*self._top(label.arity))
        else:
            label.arms.append(self.arm(label.arity))

    def continue_at(self, arm: Arm, height: int) -> None:
        self.effect, self.control = arm.effect, arm.control
        self.locals = arm.locals
        self.shared = True
        self.stack[height:] = arm.values
        self.unreachable_code = False

    def merge_arms(self, arms: list[Arm], height: int) -> None:
        self.continue_at(arms[0], height)
        if len(arms) == 1:
            return
        merge = self.merge([(arm.effect, arm.control) for arm in arms])
        if self.effect.inputs and self.effect.op.control_in and self.effect.control is merge:
            self.phis.append(self.effect)
        locals = arms[0].locals
        if any(arm.locals is not locals for arm in arms):
            self.locals = self._merged([arm.locals for arm in arms], merge)
            self.shared = False
        self.stack[height:] = self._merged([arm.values for arm in arms], merge)

    def _merged(self, arms: Sequence[list[Node]], merge: Node) -> list[Node]:
        """The first arm's list, with a phi wherever the arms differ."""
        result = arms[0].copy()
        count = len(arms)
        self.work.spend(count * len(result))
        for index, values in enumerate(zip(*arms, strict=True)):
            first = values[0]
            if values.count(first) != count:
                self.work.spend(EDGE_WORK * count)
                result[index] = phi = self.graph.node(common.phi(first.type, count), *values, merge)
                self.phis.append(phi)
        return result

    def _close_loop(self, phis: LoopPhis, arms: list[Arm]) -> None:
        loop = phis.loop
        if not arms:
            return
        count = 1 + len(arms)
        loop.op = common.loop(count)
        phis.effect.op = common.effect_phi(count)
        values = [phi for _, phi in phis.locals] + phis.parameters
        self.work.spend(EDGE_WORK * count * len(values))
        for phi in values:
            phi.op = common.phi(phi.type, count)
        for at, arm in enumerate(arms, 1):
            loop.append_input(arm.control)
            phis.effect.insert_input(at, arm.effect)
            for index, phi in phis.locals:
                phi.insert_input(at, arm.locals[index])
            for phi, value in zip(phis.parameters, arm.values, strict=True):
                phi.insert_input(at, value)
