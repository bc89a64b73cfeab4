"""Guard hoisting: checks that a loop makes in every iteration become guards before it.

A trap may not move: it has to happen in its place, after what the loop has done by then. So what stands before the
loop is a guard, which leaves for baseline code at the loop's entry, where the trap happens in its place if it does. The
check itself stays; facts (facts/facts.py) decide it from the guard, and branch elimination drops it.

The bounds check of a counter is not the same in each iteration. Where a condition of the loop says that the counter is
less than a limit, the guard asks whether the limit is within bounds (loop predication, as in Click et al.'s HotSpot and
in LLVM). A guard that fails, as the loop ends early or is not executed at all, is not put before that loop again:
`context.may_hoist`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common, machine as m, objects
from seaofnodes.ir.ops.shapes import TypeTest
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.facts.facts import Facts
from seaofnodes.passes.facts.references import tested_value

_REASON: Final = "hoisted check"
_MOST: Final = 8  # guards before one loop
_DEPTH: Final = 4  # of expressions that have to be there before the loop
_LESS: Final = {
    (True, True): m.INT32_LESS_THAN,
    (True, False): m.INT32_LESS_THAN_OR_EQUAL,
    (False, True): m.UINT32_LESS_THAN,
    (False, False): m.UINT32_LESS_THAN_OR_EQUAL,
}  # signed, strict


class Wanted(NamedTuple):
    """What a guard has to make sure of: that a reference is not null; that it passes `test`, or does not; that `value`
    is less than the array's length, or not more (`signed`, `strict`); or that a condition holds, or does not.
    """

    kind: str  # "not null", "type", "length" or "condition"
    value: Node
    array: Node | None = None
    test: TypeTest | None = None
    signed: bool = False
    strict: bool = False
    holds: bool = True


@dataclass(frozen=True)
class GuardHoisting(Pass):
    """Put guards before loops that decide checks in them: of null, of types, of array bounds, and other guards.

    Only where execution may leave at the loop's entry, and no such guard has failed there before.
    """

    name = "guard-hoisting"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        loops = [node for node in graph.reachable() if node.op.is_loop and node.inputs[0].op.is_checkpoint]
        hoisted = 0
        if loops:
            search = _Search(graph, loops, context)
            for header, wanted in search.run().items():
                for one in wanted:
                    _insert(graph, header.header, one, context.phase)
                    hoisted += 1
                context.passed(f"hoisted {len(wanted)} guards", header.header)
        return PassResult(hoisted > 0, {"hoisted": hoisted})


class _Search:
    """Finds what guards are wanted, by header of the loop before which they are to stand."""

    def __init__(self, graph: Graph, loops: list[Node], context: PassContext) -> None:
        self.flow = context.analyses.get(ControlFlow, graph)
        self.facts = context.analyses.get(Facts, graph)
        self.found: dict[Block, list[Wanted]] = {}
        self.entries: dict[Block, Node] = {}  # loops that guards may stand before, and their checkpoints
        for loop in loops:
            checkpoint = loop.inputs[0]
            info = checkpoint.frame_state.op.parameters
            if loop.id not in self.flow.block_of or len(loop.inputs) < 2 or info.bytecode_offset < 0:
                continue  # a guard that failed could not be told by its loop
            if context.may_hoist(info.function_index, info.bytecode_offset):
                self.entries[self.flow.block_of[loop.id]] = checkpoint
            else:
                context.missed("a guard before the loop has failed", loop)

    def run(self) -> dict[Block, list[Wanted]]:
        if self.entries:
            for block in self.flow.blocks:
                if block.loop is not None and not block.deferred:
                    for node in block.fixed:
                        if node.op.is_trap or node.op.is_guard:
                            self._hoist(node, block)
        return self.found

    def _hoist(self, check: Node, block: Block) -> None:
        """Out of the outermost loop that makes the check in each iteration, and has what it needs before."""
        if self.facts.condition(check.inputs[0], check.control) is not None:
            return
        best: tuple[Block, list[Wanted]] | None = None
        at, loop = block, block.loop
        while loop is not None and all(at.dominates(latch) for latch in loop.predecessors[1:]):
            if loop in self.entries:
                wanted = self._wanted(check, loop)
                if wanted is not None:
                    best = loop, wanted
            at, loop = loop, loop.predecessors[0].loop
        if best is None:
            return
        guards = self.found.setdefault(best[0], [])
        more = [one for one in best[1] if one not in guards]
        if len(guards) + len(more) <= _MOST:
            guards += more
        elif not guards:
            del self.found[best[0]]

    def _wanted(self, check: Node, loop: Block) -> list[Wanted] | None:
        """The guards that decide a check in the loop, if there are any."""
        condition, holds = check.inputs[0], not check.op.fires_on_true
        while condition.op is m.WORD32_EQUAL and _is_zero(condition.inputs[1]):
            condition, holds = condition.inputs[0], not holds
        value = tested_value(condition)
        test = condition.op.parameters
        if value is not None:
            if not self._is_there(value, loop):
                return None
            if isinstance(test, TypeTest):
                return [Wanted("type", value, test=replace(test, operand="any"), holds=holds)]
            return None if holds else [Wanted("not null", value)]
        if holds and condition.op is m.UINT32_LESS_THAN and condition.inputs[1].op is objects.ARRAY_LENGTH:
            return self._in_bounds(check, condition.inputs[0], condition.inputs[1].inputs[0], loop)
        if self._is_there(condition, loop):
            return [Wanted("condition", condition, holds=holds)]
        return None

    # Bounds.

    def _in_bounds(self, check: Node, index: Node, array: Node, loop: Block) -> list[Wanted] | None:
        if not self._is_there(array, loop):
            return None
        limits = self._limits(check, index, array, loop)
        if limits is None:
            return None
        known = self.facts.reference(array, self.entries[loop])
        return limits if known.null is False else [Wanted("not null", array), *limits]

    def _limits(self, check: Node, index: Node, array: Node, loop: Block) -> list[Wanted] | None:
        """What has to be within the array's bounds, so that the index always is."""
        if self._is_there(index, loop):
            return [Wanted("length", index, array, strict=True)]
        less = _subtracted(index)
        if less:
            index = index.inputs[0]
            if self.facts.word(index, check.control).umin < less:
                return None
        limit = self._limit(index, array, check.control, loop)
        if limit is not None:
            return [limit]
        if not index.op.is_value_phi or len(index.inputs) != 3:
            return None
        header = self.flow.block_of.get(index.control.id)
        first, following, _ = index.inputs
        if header is None or not header.is_loop_header or not self._is_there(first, loop):
            return None
        latch = header.predecessors[1]
        limit = self._limit(following, array, latch.fixed[-1] if latch.fixed else latch.header, loop)
        return None if limit is None else [Wanted("length", first, array, strict=True), limit]

    def _limit(self, value: Node, array: Node, at: Node, loop: Block) -> Wanted | None:
        """A limit that a value is below at a place."""
        for less in self.facts.less_than(value, at):
            if not self._is_there(less.right, loop):
                continue
            if less.signed and self.facts.word(value, at).smin < 0 and (less.strict or not self._counts_up(value)):
                continue
            return Wanted("length", less.right, array, signed=less.signed, strict=not less.strict)
        return None

    def _counts_up(self, value: Node) -> bool:
        """Does it start at no negative number, and get greater? Then none comes, unless it passes the highest."""
        if not value.op.is_value_phi or len(value.inputs) != 3:
            return False
        first, following, loop = value.inputs
        if following.op is not m.INT32_ADD or following.inputs[0] is not value or not loop.op.is_loop:
            return False
        step = following.inputs[1].op
        return bool(step.is_int32_constant and step.parameters > 0 and self.facts.word(first).smin >= 0)

    # What is there.

    def _is_there(self, node: Node, loop: Block, depth: int = _DEPTH) -> bool:
        """Is a value computed before a loop, or can it be?"""
        op = node.op
        if op.is_constant or op.is_parameter or op.is_osr_value:
            return True
        if op.is_phi or op.control_out:
            return self._is_before(node.control if op.is_phi else node, loop)
        if op.effect_in and not self._is_before_effect(node.effect, loop):
            return False
        if op.control_in and not self._is_before(node.control, loop):
            return False
        if not (op.pure or op.effect_in or op.is_projection) or depth <= 0:
            return False
        return all(self._is_there(value, loop, depth - 1) for value in node.values)

    def _is_before_effect(self, effect: Node, loop: Block) -> bool:
        control = effect.control if effect.op.is_phi or not effect.op.control_out else effect
        return self._is_before(control, loop)

    def _is_before(self, control: Node, loop: Block) -> bool:
        block = self.flow.block_of.get(control.id)
        return block is not None and block is not loop and block.dominates(loop)


def _subtracted(index: Node) -> int:
    """The positive constant that is subtracted from a value, or 0."""
    if index.op is not m.INT32_ADD and index.op is not m.INT32_SUB:
        return 0
    constant = index.inputs[1].op
    number: int = constant.parameters if constant.is_int32_constant else 0
    return max(number if index.op is m.INT32_SUB else -number, 0)


def _is_zero(node: Node) -> bool:
    return bool(node.op.is_int32_constant and not node.op.parameters)


def _insert(graph: Graph, loop: Node, wanted: Wanted, phase: str) -> None:
    """Put a guard right before a loop."""
    before = loop.inputs[0]  # the checkpoint, or a guard that stands behind it
    state = before.frame_state
    info = state.op.parameters
    graph.origin = Origin(before.origin[0], before.origin[1], phase, "hoist-guard", loop.id)
    guess = common.Speculation(_REASON, info.function_index, loop=info.bytecode_offset)
    condition, holds = _condition(graph, wanted, before)
    op = common.deoptimize_unless(guess) if holds else common.deoptimize_if(guess)
    following = [(user, index) for user in before.uses for index in before.edges_to(user)]
    guard = graph.node(op, condition, state, before, before)
    for user, index in following:
        if user.op.is_merge or user.op.is_effect_phi:
            user.replace_input(index, guard)
    graph.applied("hoist-guard", loop, guard)


def _condition(graph: Graph, wanted: Wanted, control: Node) -> tuple[Node, bool]:
    """The condition, behind a control node, and is it to hold?"""
    value = wanted.value
    if wanted.kind == "not null":
        return graph.node(m.REFERENCE_EQUAL, value, graph.constant(common.NULL_CONSTANT)), False
    if wanted.test is not None:
        return graph.node(objects.type_check(wanted.test), value, control), wanted.holds
    if wanted.array is None:
        return value, wanted.holds
    length = graph.node(objects.ARRAY_LENGTH, wanted.array, control)
    return graph.node(_LESS[wanted.signed, wanted.strict], value, length), True
