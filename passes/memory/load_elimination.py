"""Load elimination: what was stored or loaded before is not loaded again.

First every block by itself, then, for loads that nothing in their block answers, across blocks. A load that repeats
an access on every path to it cannot trap, so its place in the effect chain goes with it. At last, reads that float
are moved up the effect chain past what does not write their alias class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin, is_effect_edge
from seaofnodes.ir.ops.shapes import ArrayShape, StructShape
from seaofnodes.passes.analyses.effects import EffectChains
from seaofnodes.passes.analyses.locations import BlockState, Fact, Location, initial, location
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.memory.availability import Availability
from seaofnodes.passes.memory.forwarding import forward
from seaofnodes.passes.memory.versions import raise_reads

_IN_BLOCK: Final = "load-in-block"  # names of what is done, as of rules
_ACROSS: Final = "load-across-blocks"


@dataclass(frozen=True)
class LoadElimination(Pass):
    """Replace loads from memories, objects, globals and tables by values that are known.

    across_blocks: also where the value comes from other blocks, through phis, with loads inserted in deferred blocks
    and before loops.
    """

    name = "load-elimination"
    preserves = (ControlFlow,)
    settles = True
    across_blocks: bool = True

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        return _Elimination(graph, context).run(self.across_blocks)


class _Elimination:
    def __init__(self, graph: Graph, context: PassContext) -> None:
        self.graph = graph
        self.phase = context.phase
        self.chains = context.analyses.get(EffectChains, graph)
        self.available = Availability(graph, self.chains)
        self.exposed: list[tuple[Block, Node, Location]] = []  # loads of what the block has not touched before

    def run(self, across_blocks: bool) -> PassResult:
        for block in self.chains.flow.blocks:
            self._visit_block(block)
        local = len(self.available.replaced)
        across = 0
        if across_blocks:
            for block, node, where in self.exposed:
                self.graph.origin = Origin(node.origin[0], node.origin[1], self.phase, _ACROSS, node.id)
                value = self.available.value_at(block, node, where)
                if value is not None:
                    self._replace(node, value, _ACROSS)
                    across += 1
        raised = raise_reads(self.chains, self.available)
        statistics = {
            "local": local,
            "across": across,
            "phis": self.available.phis,
            "inserted": self.available.inserted,
            "raised": raised,
        }
        return PassResult(local + across + raised > 0, statistics)

    def _visit_block(self, block: Block) -> None:
        state = self.available.states[block] = BlockState()
        readers = self.chains.readers
        header, entering = block.header, self.chains.entering[block]
        self._visit_readers(state, block, readers.get(header.id, ()))
        if entering is not header and (entering.op.is_effect_phi and entering.control is header):
            self._visit_readers(state, block, readers.get(entering.id, ()))
        for node in self.chains.chain[block]:
            op = node.op
            if op.is_load:
                self._load(state, block, node)
            elif op.is_store or op.is_object_store:
                where = location(node)
                state.overwrite(where)
                state.learn(where, Fact(node.inputs[op.value_in - 1], op.parameters.width))
            elif op.allocates and isinstance(op.parameters, StructShape | ArrayShape):
                for where, value in initial(node):
                    state.learn(where, Fact(value, where.width * 8))
            elif op.writes:
                if op.cell is not None:
                    where = location(node)
                    state.overwrite(where)
                    state.learn(where, Fact(node.inputs[op.value_in - 1]))
                else:
                    state.forget_class(op.writes)
            if node.id in readers:
                self._visit_readers(state, block, readers[node.id])

    def _visit_readers(self, state: BlockState, block: Block, readers: list[Node] | tuple[()]) -> None:
        for node in readers:
            if not node.op.is_volatile:
                self._load(state, block, node)

    def _load(self, state: BlockState, block: Block, node: Node) -> None:
        where = location(node)
        fact = state.facts.get(where.key)
        width = where.width * 8
        if fact is not None and fact.width >= width:
            value = self.available.current(fact.value)
            if width:
                self.graph.origin = Origin(node.origin[0], node.origin[1], self.phase, _IN_BLOCK, node.id)
                value = forward(self.graph, fact._replace(value=value), node.op.parameters)
            self._replace(node, value, _IN_BLOCK)
            return
        if not state.killed(where):
            self.exposed.append((block, node, where))
        state.learn(where, Fact(node, width, node.op.parameters.rep if width else ""))

    def _replace(self, node: Node, value: Node, rule: str) -> None:
        """The value takes the load's place; if the load was on the effect chain, the chain closes."""
        if node.op.effect_out:
            effect = node.inputs[node.op.effect_index]
            for user in list(node.uses):
                for index in node.edges_to(user):
                    if is_effect_edge(user, index):
                        user.replace_input(index, effect)
            self.available.effects[node] = effect
        self.available.replaced[node] = value
        self.graph.replace(node, value)
        self.graph.kill(node)
        self.graph.applied(rule, node, value)
