"""Is the content of a location known at the start of a block, on every path? If so, as which value?

The question is answered on demand, by walking backwards from block to block to the nearest facts; where paths meet,
phis are made (as in Braun et al., "Simple and Efficient Construction of Static Single Assignment Form", 2013). A
location that is known on the hot paths only is made known on the others by loading it there: before a loop, and at
the end of deferred blocks, such as a poll's slow path.

A fact about an address that is computed in a loop cannot be mistaken for one about the next turn's: going back beyond
that computation, some path leads out of the loop, where the address, and so any fact about it, does not exist.
"""

from __future__ import annotations

import dataclasses

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, memory
from seaofnodes.passes.analyses.effects import EffectChains
from seaofnodes.passes.analyses.locations import BlockState, Fact, Location
from seaofnodes.passes.memory.forwarding import forward

_MOST_BLOCKS = 100  # looked at for one load; keeps the pass linear
_MOST_EDGES = 400  # the same, where many lead to one block

Edge = tuple[Block, int]  # a block and the index of the predecessor


class Availability:
    """Attributes: states: of each block, as of its end; replaced: nodes that went away -> what stands for their
    values (and effects, in `effects`); inserted: number of loads made.
    """

    __slots__ = ("chains", "effects", "graph", "inserted", "phis", "replaced", "states")

    def __init__(self, graph: Graph, chains: EffectChains) -> None:
        self.graph = graph
        self.chains = chains
        self.states: dict[Block, BlockState] = {}
        self.replaced: dict[Node, Node] = {}
        self.effects: dict[Node, Node] = {}
        self.inserted = 0
        self.phis = 0

    def current(self, node: Node) -> Node:
        """What stands for a value now."""
        replaced = self.replaced
        while node in replaced:
            node = replaced[node]
        return node

    def effect(self, node: Node) -> Node:
        effects = self.effects
        while node in effects:
            node = effects[node]
        return node

    def value_at(self, block: Block, load: Node, where: Location) -> Node | None:
        """The value that `load` would have at the start of the block, or None."""
        if any(child.op.is_phi and child.control is block.header for child in load.inputs[: load.op.value_in]):
            return None  # an address that is new here
        search = _Search(self, load, where, block)
        return search.build() if search.find() else None

    def proven(self, block: Block, where: Location) -> bool:
        """Has the location been accessed on every path to the end of the block? Then it is in bounds: memories do not
        shrink.
        """
        seen = {block}
        work = [block]
        edges = 0
        while work:
            block = work.pop()
            if self.states[block].accessed.get(where.key, -1) >= where.width:
                continue
            edges += len(block.predecessors)
            if not block.predecessors or len(seen) > _MOST_BLOCKS or edges > _MOST_EDGES:
                return False
            for predecessor in block.predecessors:
                if predecessor not in seen:
                    seen.add(predecessor)
                    work.append(predecessor)
        return True


class _Search:
    """One question."""

    __slots__ = ("available", "blocks", "facts", "load", "loads", "start", "where")

    def __init__(self, available: Availability, load: Node, where: Location, start: Block) -> None:
        self.available = available
        self.load = load
        self.where = where
        self.start = start
        self.blocks: dict[Block, Node | None] = {}  # at whose start the content is wanted; later: its phi
        self.facts: dict[Edge, Fact] = {}
        self.loads: list[Edge] = []  # where a load has to be inserted

    def find(self) -> bool:
        """Collect the blocks and edges on the way to the nearest facts; False if some path has none."""
        states = self.available.states
        where, facts, blocks = self.where, self.facts, self.blocks
        key, width = where.key, where.width * 8
        blocks[self.start] = None
        work = [self.start]
        edges = 0
        while work:
            block = work.pop()
            predecessors = block.predecessors
            edges += len(predecessors)
            if not predecessors or edges > _MOST_EDGES or len(predecessors) != max(block.header.op.control_in, 1):
                return False
            for index, predecessor in enumerate(predecessors):
                state = states[predecessor]
                fact = state.facts.get(key)
                if fact is not None and fact.width >= width:
                    facts[block, index] = fact
                elif state.killed(where):
                    if not self._may_load(block, index):
                        return False
                    self.loads.append((block, index))
                elif predecessor not in blocks:
                    if not predecessor.predecessors:
                        if not self._may_load(block, index):
                            return False
                        self.loads.append((block, index))
                        continue
                    if len(blocks) >= _MOST_BLOCKS:
                        return False
                    blocks[predecessor] = None
                    work.append(predecessor)
        return True

    def _may_load(self, block: Block, index: int) -> bool:
        """Is it worth it, and can it not trap, to load at the end of this predecessor?"""
        predecessor = block.predecessors[index]
        start = self.start
        if predecessor.control is not None and predecessor.control.op.effect_out:
            return False  # a call in a try: nothing comes after it
        if predecessor.deferred:
            if start.deferred or block.deferred:
                return False
        elif not (block.is_loop_header and index == 0 and _is_inside(start, block)):
            return False
        return not self.load.op.control_in or self.available.proven(predecessor, self.where)

    def build(self) -> Node:
        """Make the loads and the phis; gives the value at the start of the first block."""
        available = self.available
        if not self.loads and len(self.blocks) > 1:
            fact = self._only_fact()
            if fact is not None:
                return self._value(fact)
        inserted = {edge: self._insert(edge) for edge in self.loads}
        values: dict[Edge, Node] = dict(inserted)
        for edge, fact in self.facts.items():
            values[edge] = self._value(fact)
        graph, type = available.graph, self.load.type
        made: list[Node] = []
        for block in self.blocks:
            count = len(block.predecessors)
            if count > 1:
                made.append(graph.node(common.phi(type, count)))
                self.blocks[block] = made[-1]
        for block, phi in self.blocks.items():
            if phi is not None:
                for index in range(len(block.predecessors)):
                    phi.append_input(self._at_end(block, index, values))
                phi.append_input(block.header)
        result = self.blocks[self.start] or self._at_end(self.start, 0, values)
        available.phis += len(made)
        return self._simplify(made, result)

    def _only_fact(self) -> Fact | None:
        """The fact, if it is the same on all paths."""
        found: Fact | None = None
        for fact in self.facts.values():
            if found is not None and (self.available.current(fact.value) is not self.available.current(found.value)):
                return None
            found = fact
        return found

    def _value(self, fact: Fact) -> Node:
        value = self.available.current(fact.value)
        if not self.where.width:
            return value
        return forward(self.available.graph, fact._replace(value=value), self.load.op.parameters)

    def _at_end(self, block: Block, index: int, values: dict[Edge, Node]) -> Node:
        """The value that comes through a block's predecessor."""
        while True:
            found = values.get((block, index))
            if found is not None:
                return found
            block, index = block.predecessors[index], 0
            phi = self.blocks[block]
            if phi is not None:
                return phi

    def _insert(self, edge: Edge) -> Node:
        """Load at the end of the predecessor."""
        available = self.available
        block = edge[0].predecessors[edge[1]]
        load, graph = self.load, available.graph
        op = load.op
        inputs = [*load.inputs[: op.value_in], available.effect(available.chains.leaving(block))]
        if op.control_in:
            inputs.append(block.fixed[-1] if block.fixed else block.header)
        if op.is_load:
            op = memory.load(dataclasses.replace(op.parameters, trapping=False))
        available.inserted += 1
        return graph.node(op, *inputs)

    def _simplify(self, made: list[Node], result: Node) -> Node:
        """Remove phis that choose nothing."""
        available = self.available
        ours = set(made)
        work = list(made)
        while work:
            phi = work.pop()
            if phi.is_dead:
                continue
            same: Node | None = None
            for value in phi.inputs[:-1]:
                if value is phi or value is same:
                    continue
                if same is not None:
                    break
                same = value
            else:
                assert same is not None
                work += [user for user in phi.uses if user in ours and user is not phi]
                available.graph.replace(phi, same)
                available.graph.kill(phi)
                available.replaced[phi] = same
                available.phis -= 1
        return available.current(result)


def _is_inside(block: Block, header: Block) -> bool:
    """Is the block in the loop?"""
    loop: Block | None = block.loop
    while loop is not None and loop is not header:
        loop = loop.predecessors[0].loop
    return loop is header
