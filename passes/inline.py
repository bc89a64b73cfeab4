"""Inlining of calls, direct and indirect, by what their sites have seen, within a budget.

The order and the limits are those of V8's WebAssembly inlining tree: candidates are taken by call count against size,
small callees nearly always, until the function has grown by a factor or reached a size.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, replace

from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.graph import Inlining as InliningPosition
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common
from seaofnodes.ir.types import Type
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.call_targets import guess_targets, state_before
from seaofnodes.passes.control import sweep
from seaofnodes.passes.throwing import Thrown, join_thrown, may_throw, put_in_try, successors

Candidate = tuple[float, int, Node, int, int]  # priority, node id, call, how often, depth of inlining
_TAIL_CALLS = frozenset(("TailCall", "TailCallRef"))


@dataclass(frozen=True)
class Inlining(Pass):
    """Replace calls by the bodies of their callees.

    Sizes are bytes of bytecode. A callee of at most `tiny` bytes is inlined even where it was never called; no callee
    is larger than `max_callee`; the function may grow to `growth` times its size or to `min_budget`, whichever is
    more, but not beyond `budget`; at most `max_inlined` calls. Indirect calls become direct ones of up to `max_targets`
    functions that their sites have seen (0: never), each behind a comparison; if there were no others, what they are
    compared with last may leave for baseline code.
    """

    name = "inline"
    budget: int = 6000
    min_budget: int = 300
    growth: float = 3.0
    max_callee: int = 500
    tiny: int = 12
    max_inlined: int = 60
    max_targets: int = 4
    max_depth: int = 8

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        if context.lift is None or graph.function_index < 0:
            return PassResult(False)
        size = context.function_size(graph.function_index)
        limit = max(self.min_budget, min(self.budget, int(size * self.growth)))
        queue: list[Candidate] = []
        gone: set[Node] = set()  # control that follows calls that never return
        for inlining, nodes in _by_inlining(graph).items():  # there are several if the pass has run before
            function = graph.function_index if inlining < 0 else graph.inlinings[inlining].function_index
            calls = max(context.invocations(function), 1)
            self._enqueue(graph, nodes, context, function, inlining, calls, calls, queue, gone)
        inlined = 0
        draw = None if context.seed is None else random.Random(context.seed ^ graph.function_index)
        while queue and inlined < self.max_inlined:
            _, _, call, count, depth = heapq.heappop(queue)
            callee = call.op.parameters.function_index
            callee_size = context.function_size(callee)
            if call.is_dead or call in gone or draw is not None and draw.random() < 0.5:
                continue
            if callee_size > self.tiny and size + callee_size > limit:
                context.missed("budget exhausted", call, callee=context.function_name(callee), size=callee_size)
                continue
            position = len(graph.inlinings)
            try:
                nodes = inline_call(graph, call, context, gone)
            except UnsupportedError as error:
                context.missed("cannot be lifted", call, callee=context.function_name(callee), reason=str(error))
                continue
            size += callee_size
            inlined += 1
            context.passed(
                f"inlined {context.function_name(callee)}", call, size=callee_size, count=count, total_size=size
            )
            if depth < self.max_depth:
                calls = context.invocations(callee)
                self._enqueue(graph, nodes, context, callee, position, count, max(calls, 1), queue, gone)
        graph.trim()  # what follows a call that never returns
        return PassResult(inlined > 0, {"inlined": inlined, "size": size})

    def _enqueue(
        self,
        graph: Graph,
        nodes: list[Node],
        context: PassContext,
        function: int,
        inlining: int,
        weight: float,
        invocations: int,
        queue: list[Candidate],
        gone: set[Node],
    ) -> None:
        """Queue the calls among `nodes`. `weight`: runs of this body; its own feedback counts all `invocations` of the
        function.
        """
        depth = _depth(graph, inlining)
        for node in nodes:
            if node.op.name == "CallRef" and node.op.parameters.site >= 0 and self.max_targets:
                scale = weight / invocations if inlining >= 0 else 1.0
                self._guess(graph, node, context, function, scale, depth, queue, gone)
                continue
            if node.op.name != "Call" or node.op.parameters.function_index < 0:
                continue
            descriptor = node.op.parameters
            callee = descriptor.function_index
            size = context.function_size(callee)
            if size < 0:
                continue
            seen = context.feedback(function, descriptor.site).total
            count = int(seen * weight / invocations) if inlining >= 0 else seen
            if size > self.max_callee:
                context.missed("callee too large", node, callee=context.function_name(callee), size=size)
            elif seen == 0 and size > self.tiny:
                context.missed("never called", node, callee=context.function_name(callee), size=size)
            else:
                heapq.heappush(queue, (-(count + 1) / max(size, 1), node.id, node, count, depth))


    def _guess(
        self,
        graph: Graph,
        call: Node,
        context: PassContext,
        function: int,
        scale: float,
        depth: int,
        queue: list[Candidate],
        gone: set[Node],
    ) -> None:
        """Call what an indirect call has seen directly, where it is worth inlining; queue those calls."""
        descriptor = call.op.parameters
        seen = context.feedback(function, descriptor.site)
        if seen.megamorphic:
            context.missed("megamorphic call", call, count=seen.total)
        chosen = [(target, count) for target, count in seen.counts if self._fits(target, call, context)]
        chosen = [(target, count) for target, count in chosen[: self.max_targets] if 20 * count >= seen.total]
        if not chosen:
            return
        names = ", ".join(context.function_name(target) for target, _ in chosen)
        state = None
        if len(chosen) == len(seen.counts) and not seen.megamorphic and context.may_leave(function, descriptor.site):
            state = state_before(call)
        leaves = "no" if state is None else "yes"
        context.passed(f"guessed {names}", call, count=seen.total, state=seen.state, deopt=leaves)
        targets = [target for target, _ in chosen]
        calls, returns = guess_targets(graph, call, targets, function, state, context.phase)
        thrown = [put_in_try(graph, way.effect) for way in returns] if descriptor.in_try else []
        _replace(graph, call, returns, thrown, gone)
        for (target, count), made in zip(chosen, calls, strict=False):
            often = int(count * scale)
            priority = -(often + 1) / max(context.function_size(target), 1)
            heapq.heappush(queue, (priority, made.id, made, often, depth))

    def _fits(self, target: int, call: Node, context: PassContext) -> bool:
        """Is it an own function, small enough, of the type that the call expects?"""
        if target < 0 or not 0 <= context.function_size(target) <= self.max_callee or context.lift is None:
            return False
        try:
            callee = context.lift(target)
        except UnsupportedError:
            return False
        descriptor = call.op.parameters
        return bool(callee.parameters[1:] == descriptor.parameters and callee.results == descriptor.results)


def _by_inlining(graph: Graph) -> dict[int, list[Node]]:
    """The nodes by the inlined body they belong to (-1: the function's own): its call sites are that function's."""
    found: dict[int, list[Node]] = {-1: []}
    for node in graph.reachable():
        found.setdefault(node.origin.inlining, []).append(node)
    return found


def _depth(graph: Graph, inlining: int) -> int:
    depth = 0
    while inlining >= 0:
        depth += 1
        inlining = graph.inlinings[inlining].parent
    return depth


def inline_call(graph: Graph, call: Node, context: PassContext, gone: set[Node] | None = None) -> list[Node]:
    """Put the callee's body in the place of a direct call of the same instance; returns the new nodes.

    The callee's entry stack check is left out: the caller's own has been passed, and inlining is bounded. `gone` gets
    the control nodes that nothing leads to any more.
    """
    assert context.lift is not None
    descriptor = call.op.parameters
    callee = context.lift(descriptor.function_index)  # raises UnsupportedError before anything is changed
    position = len(graph.inlinings)
    graph.inlinings.append(
        InliningPosition(descriptor.function_index, call.origin.bytecode_offset, call.origin.inlining)
    )
    given = {node.id for node in call.values}  # the caller's own, although they stand for parameters
    copies = _copy(graph, callee, call, position, context.phase)
    returns: list[Node] = []
    thrown: list[Thrown] = []
    for node in callee.end.inputs:
        copy = copies[node.id]
        if node.op.name in _TAIL_CALLS:
            returns.append(_call_and_return(graph, copy, call.frame_state if call.op.frame_in else None))
            if descriptor.in_try:
                thrown.append(put_in_try(graph, returns[-1].effect))
        elif node.op.name == "Return":
            returns.append(copy)
        elif node.op.name == "Throw" and descriptor.in_try:
            thrown.append(Thrown(copy.effect, copy.control, copy.inputs[1]))
            graph.kill(copy)
        else:
            graph.add_end(copy)
    if descriptor.in_try:
        calls = [node for node in copies.values() if may_throw(node) and node.id not in given]
        thrown += [put_in_try(graph, node) for node in calls]
    _replace(graph, call, returns, thrown, set() if gone is None else gone)
    return [node for node in copies.values() if not node.is_dead and node.id not in given]


def _call_and_return(graph: Graph, tail_call: Node, state: Node | None) -> Node:
    """Inlined, a tail call is a call, as its caller's frame is somebody else's: `state` says where that goes on."""
    descriptor = replace(tail_call.op.parameters, has_frame_state=state is not None)
    graph.origin = tail_call.origin
    kind = common.call if tail_call.op.name == "TailCall" else common.call_ref
    states = [] if state is None else [state]
    call = graph.node(kind(descriptor), *tail_call.values, *states, tail_call.effect, tail_call.control)
    types = descriptor.results
    values = [call] if len(types) == 1 else [graph.node(common.projection(i, t), call) for i, t in enumerate(types)]
    graph.kill(tail_call)
    return graph.node(common.return_(len(values)), *values, call, call)


def _copy(graph: Graph, callee: Graph, call: Node, position: int, phase: str) -> dict[int, Node]:
    """Copy the callee's nodes; its start becomes the call's effect and control. Maps the callee's node ids."""
    order = callee.reachable()
    copies: dict[int, Node] = {}
    entry_effect, entry_control = call.effect, call.control
    skipped: dict[int, Node] = {}  # entry stack checks
    later: list[Node] = []
    arguments = call.values
    base = len(graph.inlinings)
    for node in order:
        name = node.op.name
        origin = node.origin
        graph.origin = Origin(origin[0], position if origin[1] < 0 else base + origin[1], phase, "inline", call.id)
        if node is callee.end or node is callee.start:
            continue
        if name == "Parameter":
            copies[node.id] = arguments[node.op.parameters[0]]
        elif name == "StackCheck" and node.op.parameters == "entry":
            skipped[node.id] = node
        elif node.op.name in common.CONSTANTS:
            copies[node.id] = graph.constant(node.op)
        else:
            copies[node.id] = graph.node(node.op, type=node.type)
            later.append(node)
    graph.inlinings.extend(
        InliningPosition(i.function_index, i.call_offset, position if i.parent < 0 else base + i.parent)
        for i in callee.inlinings
    )

    def find(user: Node, index: int, child: Node) -> Node:
        while child.id in skipped:
            child = child.control if index >= user.op.control_index else child.effect
        if child is callee.start:
            return entry_control if index >= user.op.control_index else entry_effect
        return copies[child.id]

    for node in later:
        copy = copies[node.id]
        for index, child in enumerate(node.inputs):
            copy.append_input(find(node, index, child))
        if node.op.name == "FrameState" and not node.op.frame_in and call.op.frame_in:
            copy.op = common.frame_state(replace(node.op.parameters, has_outer=True))
            copy.append_input(call.frame_state)  # the caller goes on after the call
    return copies


def _replace(graph: Graph, call: Node, returns: list[Node], thrown: list[Thrown], gone: set[Node]) -> None:
    """Let control go on after these returns, and in a try, where these exceptions go, instead of after the call."""
    descriptor = call.op.parameters
    if not descriptor.in_try:
        return _join(graph, call, returns, descriptor.results, gone)
    success, exception = successors(call)
    join_thrown(graph, exception, thrown, gone)
    _join(graph, success, returns, descriptor.results, gone)
    if not call.uses:
        graph.kill(call)


def _join(graph: Graph, call: Node, returns: list[Node], results: tuple[Type, ...], gone: set[Node]) -> None:
    """Users of the call, or of its IfSuccess, go on after the callee's returns."""
    graph.origin = call.origin
    if not returns:  # it never comes back: what follows the call cannot be reached
        _make_unreachable(graph, call, gone)
        return
    count = len(returns)
    if count == 1:
        effect, control = returns[0].effect, returns[0].control
        values = returns[0].values
    else:
        control = graph.node(common.merge(count), *(node.control for node in returns))
        effect = graph.node(common.effect_phi(count), *(node.effect for node in returns), control)
        values = [
            graph.node(common.phi(type, count), *(node.values[index] for node in returns), control)
            for index, type in enumerate(results)
        ]
    for node in returns:
        graph.kill(node)
    for user in list(call.uses):
        for index, child in enumerate(user.inputs):
            if child is not call:
                continue
            if user.op.name == "Projection":
                graph.replace(user, values[user.op.parameters[0]])
                break
            if index >= user.op.control_index:
                user.replace_input(index, control)
            elif index >= user.op.effect_index:
                user.replace_input(index, effect)
            else:
                user.replace_input(index, values[0])
    for user in list(call.uses):  # projections that were replaced
        graph.kill(user)
    graph.kill(call)


def _make_unreachable(graph: Graph, call: Node, gone: set[Node]) -> None:
    """Cut control after a call that never returns."""
    dead = graph.node(common.DEAD_CONTROL)
    for user in list(call.uses):
        for index, child in enumerate(user.inputs):
            if child is call and index >= user.op.control_index:
                user.replace_input(index, dead)
    sweep(graph, [dead], gone)
