"""Inlining of calls, direct and indirect, by what their sites have seen, within a budget.

The order and the limits are those of V8's inlining tree: candidates are taken by call count against size,
small callees nearly always, until the function has grown by a factor or reached a size.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass

from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.inlining.call import inline_call, inline_tail_call, replace_call
from seaofnodes.passes.inlining.targets import (
    CONSTANT_TARGET,
    comes_from_call,
    guess_targets,
    make_direct,
    state_before,
)
from seaofnodes.passes.inlining.throwing import put_in_try

Candidate = tuple[float, int, Node, int, int]  # priority, node id, call, how often, depth of inlining
# Indirect call, function whose site it is, scale of its counts, depth of inlining, may its target be guessed?
Waiting = tuple[Node, int, float, int, bool]
_SELDOM = 20  # one call of so many


@dataclass(frozen=True)
class Inliner(Pass):
    """Replace calls by the bodies of their callees.

    Sizes are bytes of bytecode. A callee of at most `tiny` bytes is inlined even where it was never called; no callee
    is larger than `max_callee`; the function may grow to `growth` times its size or to `min_budget`, whichever is
    more, but not beyond `budget`; at most `max_inlined` calls. Indirect calls become direct ones of up to `max_targets`
    functions that their sites have seen (0: never), each behind a comparison; if there were no others, what they are
    compared with last may leave for baseline code. A reference that is known is called directly in any case.
    """

    name = "inline"
    own_rules = (CONSTANT_TARGET,)
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
        edits = graph.edits.edges
        size = context.function_size(graph.function_index)
        limit = max(self.min_budget, min(self.budget, int(size * self.growth)))
        queue: list[Candidate] = []
        waiting: list[Waiting] = []
        for inlining, nodes in _by_inlining(graph).items():  # there are several if the pass has run before
            function = _function(graph, inlining)
            calls = max(context.invocations(function), 1)
            self._enqueue(graph, nodes, context, function, inlining, calls, calls, queue, waiting)
        inlined = 0
        draw = None if context.seed is None else random.Random(context.seed ^ graph.function_index)
        while inlined < self.max_inlined and (queue or self._look_again(graph, context, queue, waiting)):
            priority, _, call, count, depth = heapq.heappop(queue)
            if call.is_dead or draw is not None and draw.random() < 0.5:
                continue
            callee = call.op.parameters.function_index
            callee_size = context.function_size(callee)
            name = context.function_name(callee)
            told = {
                "caller": _function(graph, call.origin.inlining),
                "call": call.op.parameters.site,
                "size": callee_size,
                "count": count,
                "score": round(-priority, 3),
                "budget": limit,
                "total_size": size + callee_size,
            }
            if callee_size > self.tiny and size + callee_size > limit:
                context.missed("budget exhausted", call, callee=name, **told)
                continue
            position = len(graph.inlinings)
            try:
                if call.op.is_tail_call:
                    nodes = inline_tail_call(graph, call, context)
                else:
                    nodes = inline_call(graph, call, context)
            except UnsupportedError as error:
                context.missed("cannot be lifted", call, callee=name, reason=str(error), **told)
                continue
            graph.applied("inline", call)
            size += callee_size
            inlined += 1
            context.passed(f"inlined {name}", call, **told)
            if depth < self.max_depth:
                calls = context.invocations(callee)
                self._enqueue(graph, nodes, context, callee, position, count, max(calls, 1), queue, waiting)
        graph.trim()  # what follows a call that never returns
        changed = graph.edits.edges != edits  # calls become direct that are not inlined then
        return PassResult(changed, {"inlined": inlined, "size": size})

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
        waiting: list[Waiting],
    ) -> None:
        """Queue the calls among `nodes`. `weight`: runs of this body; its own feedback counts all `invocations` of the
        function. Those of which nothing is known, and nothing was guessed yet, wait.
        """
        depth = _depth(graph, inlining)
        for node in nodes:
            if not (node.op.is_call or node.op.is_tail_call):
                continue
            known = node.op.is_indirect and make_direct(graph, node, context, function)
            if not known and node.op.is_indirect and node.op.parameters.site >= 0 and context.function_reference:
                scale = weight / invocations if inlining >= 0 else 1.0
                later = comes_from_call(node.inputs[0])
                if self.max_targets and not later:
                    self._guess(graph, node, context, function, scale, depth, queue)
                if not node.is_dead:
                    waiting.append((node, function, scale, depth, later))
                continue
            if node.op.is_indirect or node.op.parameters.function_index < 0:
                continue
            descriptor = node.op.parameters
            callee = descriptor.function_index
            size = context.function_size(callee)
            if size < 0:
                continue
            seen = context.feedback(function, descriptor.site).total
            count = int(seen * weight / invocations) if inlining >= 0 else seen
            reason = "callee too large" if size > self.max_callee else "never called" if not seen else ""
            if reason and (seen or size > self.tiny):
                name = context.function_name(callee)
                context.missed(reason, node, caller=function, call=descriptor.site, callee=name, size=size)
            else:
                self._push(queue, node, count, depth, context)

    def _look_again(
        self, graph: Graph, context: PassContext, queue: list[Candidate], waiting: list[Waiting]
    ) -> bool:
        """Queue calls whose targets are known now, as what makes the object that they come from has been inlined; guess
        what others of this kind call.
        """
        calls, waiting[:] = list(waiting), []
        for waits in calls:
            call, function, scale, depth, later = waits
            if call.is_dead:
                continue
            if not make_direct(graph, call, context, function):
                if later and self.max_targets:
                    self._guess(graph, call, context, function, scale, depth, queue)
                if not call.is_dead:
                    waiting.append((call, function, scale, depth, False))
            elif self._fits(call.op.parameters.function_index, call, context):
                seen = context.feedback(function, call.op.parameters.site).total
                self._push(queue, call, int(seen * scale), depth, context)
        return bool(queue)

    def _guess(
        self,
        graph: Graph,
        call: Node,
        context: PassContext,
        function: int,
        scale: float,
        depth: int,
        queue: list[Candidate],
    ) -> None:
        """Call what an indirect call has seen directly, where it is worth inlining; queue those calls."""
        assert context.function_reference is not None
        descriptor = call.op.parameters
        site = descriptor.site
        seen = context.feedback(function, site)
        if seen.megamorphic:
            context.missed("megamorphic call", call, caller=function, call=site, count=seen.total)
        chosen = [(target, count) for target, count in seen.counts if self._fits(target, call, context)]
        state = None
        if len(chosen) == len(seen.counts) <= self.max_targets and context.may_leave(function, site):
            state = state_before(call)
        if state is None:  # a generic call will do for others, so for seldom ones too
            often = [(target, count) for target, count in chosen if _SELDOM * count >= seen.total]
            chosen = often[: self.max_targets]
        if not chosen:
            return
        targets = [target for target, _ in chosen]
        context.passed(
            f"guessed {', '.join(map(context.function_name, targets))}",
            call,
            caller=function,
            call=site,
            count=seen.total,
            state=seen.state,
            deopt="no" if state is None else "yes",
        )
        calls, returns = guess_targets(graph, call, targets, function, state, context.phase, context.function_reference)
        if returns:
            thrown = [put_in_try(graph, made.effect) for made in returns] if descriptor.in_try else []
            replace_call(graph, call, returns, thrown)
        graph.applied("guess-target", call)
        for (_, count), made in zip(chosen, calls, strict=False):
            self._push(queue, made, int(count * scale), depth, context)

    @staticmethod
    def _push(queue: list[Candidate], call: Node, count: int, depth: int, context: PassContext) -> None:
        size = context.function_size(call.op.parameters.function_index)
        heapq.heappush(queue, (-(count + 1) / max(size, 1), call.id, call, count, depth))

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


def _function(graph: Graph, inlining: int) -> int:
    return graph.function_index if inlining < 0 else graph.inlinings[inlining].function_index


def _depth(graph: Graph, inlining: int) -> int:
    depth = 0
    while inlining >= 0:
        depth += 1
        inlining = graph.inlinings[inlining].parent
    return depth
