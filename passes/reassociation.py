"""Reassociation: in a sum that is an address in a loop, what does not change in the loop is added up first, outside.

    a + (row * n + column + 1) * 8   becomes   ((a + row * n * 8) + column * 8) + 8

Word32 arithmetic wraps, so any order gives the same sum.
"""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.placement import early_blocks
from seaofnodes.passes.base import Pass, PassContext, PassResult

_MASK = 0xFFFFFFFF


@dataclass(frozen=True)
class Reassociation(Pass):
    """Regroup the sums that index loads and stores in loops, where that leaves fewer operations in the loop.

    `max_terms`: of one sum.
    """

    name = "reassociate"
    preserves = (ControlFlow,)
    settles = True
    max_terms: int = 8

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        accesses = [node for node in graph.trim() if node.op.is_load or node.op.is_store]
        regrouped = 0
        if accesses:
            flow = context.analyses.get(ControlFlow, graph)
            if any(block.is_loop_header for block in flow.blocks):
                regrouped = _Regrouping(graph, flow, self.max_terms, context.phase).run(accesses)
        return PassResult(regrouped > 0, {"regrouped": regrouped})


class _Regrouping:
    def __init__(self, graph: Graph, flow: ControlFlow, max_terms: int, phase: str) -> None:
        self.graph = graph
        self.flow = flow
        self.max_terms = max_terms
        self.phase = phase
        self._blocks: dict[int, Block] | None = None

    @property
    def block_of(self) -> dict[int, Block]:
        """Node id -> the earliest possible block, found when first asked for."""
        if self._blocks is None:
            self._blocks, _ = early_blocks(self.graph, self.flow)
        return self._blocks

    def run(self, accesses: list[Node]) -> int:
        loops: dict[Node, Block | None] = {}  # index -> the innermost loop of its accesses, None if they differ
        for node in accesses:
            index, block = node.inputs[1], self.flow.block_of.get(node.control.id)
            if index.op is m.INT32_ADD and block is not None and block.loop is not None:
                loops[index] = block.loop if loops.get(index, block.loop) is block.loop else None
        alike: dict[tuple[frozenset[tuple[Node, int]], ...], list[tuple[Node, _Sum]]] = {}
        for index, loop in loops.items():
            total = _Sum()
            if loop is not None and self._collect(index, loop, total) and total.fixed:
                alike.setdefault(total.key(), []).append((index, total))
        regrouped = 0
        for sums in alike.values():
            cost = sums[0][1].cost() + sum(total.constant != 0 for _, total in sums)
            if cost < sum(self._saved(index, total.inner) for index, total in sums):
                self._regroup(sums)
                regrouped += len(sums)
        return regrouped

    def _regroup(self, sums: list[tuple[Node, _Sum]]) -> None:
        """Build sums that differ in their constants only: it comes last, an address takes it for nothing."""
        graph = self.graph
        index, total = sums[0]
        graph.origin = Origin(index.origin[0], index.origin[1], self.phase, "reassociate", index.id)
        common = self._outside(total)
        for node, factor in total.moving.items():
            common = graph.node(m.INT32_ADD, common, self._scaled(node, factor))
        for index, total in sums:
            result = common
            if total.constant:
                graph.origin = Origin(index.origin[0], index.origin[1], self.phase, "reassociate", index.id)
                result = graph.node(m.INT32_ADD, common, graph.int32(total.constant))
            for user in list(index.uses):
                if (user.op.is_load or user.op.is_store) and user.inputs[1] is index:
                    user.replace_input(1, result)
            graph.applied("reassociate", index, result)

    def _collect(self, index: Node, loop: Block, total: _Sum) -> bool:
        """Take a sum apart, down to what does not change in the loop or is no sum; False if it has too many terms."""
        block_of = self.block_of
        work = [(index, 1)]
        while work:
            node, factor = work.pop()
            op = node.op
            if op.is_int32_constant:
                total.constant = (total.constant + factor * node.op.parameters) & _MASK
                continue
            block = block_of.get(node.id)
            if block is None:
                return False
            if not _is_inside(block, loop):
                total.add(total.fixed, node, factor)
                continue
            if op is m.INT32_ADD or op is m.INT32_SUB:
                total.inner[node] = None
                work.append((node.inputs[1], -factor if op is m.INT32_SUB else factor))
                work.append((node.inputs[0], factor))
            elif (op is m.INT32_MUL or op is m.WORD32_SHL) and node.inputs[1].op.is_int32_constant:
                total.inner[node] = None
                number = node.inputs[1].op.parameters
                work.append((node.inputs[0], factor * number if op is m.INT32_MUL else factor << (number & 31)))
            else:
                total.add(total.moving, node, factor)
            if len(work) + len(total.fixed) + len(total.moving) > self.max_terms:
                return False
        return True

    def _saved(self, index: Node, inner: dict[Node, None]) -> int:
        """How many operations are not needed any more: those that only the sum uses."""
        gone: set[Node] = set()
        for node in inner:  # users come before what they use, nearly always: the rest counts as kept
            if node is index:
                kept = any(
                    not (user.op.is_load or user.op.is_store) or user.inputs[1] is not node for user in node.uses
                )
                kept = kept or any(count > 1 for count in node.uses.values())
            else:
                kept = any(user not in gone for user in node.uses)
            if not kept:
                gone.add(node)
        return len(gone)

    def _outside(self, total: _Sum) -> Node:
        """What does not change, the outermost first."""
        terms = sorted(total.fixed.items(), key=lambda term: self.block_of[term[0].id].loop_depth)
        graph = self.graph
        result = self._scaled(*terms[0])
        for node, factor in terms[1:]:
            result = graph.node(m.INT32_ADD, result, self._scaled(node, factor))
        return result

    def _scaled(self, node: Node, factor: int) -> Node:
        if factor == 1:
            return node
        if factor & (factor - 1) == 0:
            return self.graph.node(m.WORD32_SHL, node, self.graph.int32(factor.bit_length() - 1))
        return self.graph.node(m.INT32_MUL, node, self.graph.int32(factor))


class _Sum:
    """A sum taken apart. fixed, moving: terms that do not change in the loop, and the others, with their factors
    modulo 2**32; inner: the operations it consisted of.
    """

    __slots__ = ("constant", "fixed", "inner", "moving")

    def __init__(self) -> None:
        self.constant = 0
        self.fixed: dict[Node, int] = {}
        self.moving: dict[Node, int] = {}
        self.inner: dict[Node, None] = {}

    def add(self, terms: dict[Node, int], node: Node, factor: int) -> None:
        factor = (terms.get(node, 0) + factor) & _MASK
        terms[node] = factor
        if not factor:
            del terms[node]

    def key(self) -> tuple[frozenset[tuple[Node, int]], ...]:
        """What sums have in common that differ in their constants only."""
        return frozenset(self.fixed.items()), frozenset(self.moving.items())

    def cost(self) -> int:
        """Operations in the loop after regrouping, without the constant: an addition for each moving term, and a
        scaling for some."""
        return sum(1 if factor == 1 else 2 for factor in self.moving.values())


def _is_inside(block: Block, header: Block) -> bool:
    loop = block.loop
    while loop is not None and loop is not header:
        loop = loop.predecessors[0].loop
    return loop is header
