"""Store elimination: stores that change nothing, and stores that are overwritten before anybody can look.

Memory and globals can be looked at by calls, by polls, after a return, and after a trap. A store to a linear memory
may trap itself: it is only dropped where another access to the same place traps in its stead, before or after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, is_effect_edge
from seaofnodes.passes.analyses.effects import EffectChains
from seaofnodes.passes.analyses.locations import BlockState, Fact, Key, Location, location
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.memory.availability import Availability


@dataclass(frozen=True)
class StoreElimination(Pass):
    """Drop stores of what is there already, and stores that are overwritten unseen."""

    name = "store-elimination"
    preserves = (ControlFlow,)
    settles = True

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        elimination = _Elimination(graph, context.analyses.get(EffectChains, graph))
        for block in elimination.chains.flow.blocks:
            elimination.drop_repeated(block)
        for block in reversed(elimination.chains.flow.blocks):
            elimination.drop_overwritten(block)
        repeated, overwritten = elimination.repeated, elimination.overwritten
        return PassResult(repeated + overwritten > 0, {"repeated": repeated, "overwritten": overwritten})


class _Later(NamedTuple):
    """What will overwrite a location. width: in bytes; traps: it may trap, and does if something as wide as it would;
    store: if it is in the same block.
    """

    alias: str
    width: int
    traps: bool
    store: Node | None

    def covers(self, width: int) -> bool:
        """Does it certainly overwrite an access of that many bytes that went well?"""
        return self.width == width if self.traps else self.width >= width


_Coming = dict[Key, _Later]


class _Elimination:
    def __init__(self, graph: Graph, chains: EffectChains) -> None:
        self.graph = graph
        self.chains = chains
        self.available = Availability(graph, self.chains)
        self.locations: dict[Node, Location] = {}
        self.proven: set[Node] = set()  # memory accesses that repeat one in their block: they cannot trap
        self.coming: dict[Block, _Coming] = {}  # at the start of a block: what is certainly overwritten unseen
        self.next_write: Node | None = None  # in the block, of those that stay
        self.repeated = 0
        self.overwritten = 0

    # Forwards: stores of what is known to be there.

    def drop_repeated(self, block: Block) -> None:
        state = self.available.states[block] = BlockState()
        kept: list[Node] = []
        readers = self.chains.readers
        self._learn_reads(state, self._first_readers(block))
        for node in self.chains.chain[block]:
            if self._visit(state, node):
                kept.append(node)
            else:
                self._drop(node, "store-repeated")
                self.repeated += 1
                if node.id in readers:  # they read the state before now
                    before = kept[-1] if kept else block.header
                    readers[before.id] = [*readers.get(before.id, ()), *readers[node.id]]
            self._learn_reads(state, readers.get(node.id, ()))
        self.chains.chain[block] = kept

    def _visit(self, state: BlockState, node: Node) -> bool:
        """False if it is a store that changes nothing."""
        op = node.op
        is_store = op.is_store or (op.cell is not None and op.writes)
        if not (op.is_load or is_store):
            if op.writes:
                state.forget_class(op.writes)
            return True
        where = self.locations[node] = location(node)
        if where.width and state.accessed.get(where.key, 0) >= where.width:
            self.proven.add(node)
        bits = where.width * 8
        if op.is_load:
            self._learn_load(state, node, where)
            return True
        value = node.inputs[op.value_in - 1]
        fact = state.facts.get(where.key)
        if fact is not None and fact.width >= bits and fact.value is value:
            return False
        state.overwrite(where)
        state.learn(where, Fact(value, bits))
        return True

    def _learn_reads(self, state: BlockState, readers: list[Node] | tuple[()]) -> None:
        for node in readers:
            self._learn_load(state, node, location(node))

    def _learn_load(self, state: BlockState, node: Node, where: Location) -> None:
        if where.key not in state.facts:
            state.learn(where, Fact(node, where.width * 8))

    def _first_readers(self, block: Block) -> list[Node]:
        """Those of the state that enters the block."""
        readers, header = self.chains.readers, block.header
        found = list(readers.get(header.id, ()))
        entering = self.chains.entering[block]
        if entering is not header and entering.op.is_effect_phi and entering.control is header:
            found += readers.get(entering.id, ())
        return found

    # Backwards: stores that are overwritten unseen.

    def drop_overwritten(self, block: Block) -> None:
        coming = self._at_end(block)
        self.next_write = None
        readers = self.chains.readers
        for node in reversed(self.chains.chain[block]):
            for reader in readers.get(node.id, ()):
                _seen(coming, reader.op.reads)
            op = node.op
            if op.is_store or (op.cell is not None and op.writes):
                coming = self._store(block, node, coming)
            elif not op.is_load or node not in self.proven:
                coming = {}
            else:
                _seen(coming, node.op.reads)
        for reader in self._first_readers(block):
            _seen(coming, reader.op.reads)
        self.coming[block] = coming

    def _at_end(self, block: Block) -> _Coming:
        """What all successors overwrite; nothing along a back edge, or before a return."""
        successors = block.successors
        if not successors or any(successor not in self.coming for successor in successors):
            return {}
        first, rest = self.coming[successors[0]], [self.coming[successor] for successor in successors[1:]]
        found: _Coming = {}
        for key, later in first.items():
            all_of_them = [later, *(other[key] for other in rest if key in other)]
            width = min(one.width for one in all_of_them)
            if len(all_of_them) == len(successors) and all(one.covers(width) for one in all_of_them):
                found[key] = _Later(later.alias, width, any(one.traps for one in all_of_them), None)
        return found

    def _store(self, block: Block, node: Node, coming: _Coming) -> _Coming:
        where = self.locations[node]
        key, width = where.key, where.width
        later = coming.get(key)
        traps = width > 0 and node not in self.proven
        if later is not None and later.covers(width) and self._may_go(block, node, where, later):
            self._drop(node, "store-overwritten")
            self.overwritten += 1
            if traps and later.store is not None:
                return {key: later._replace(traps=True)}  # now the later one may trap, and then all is seen
            return coming
        if traps:
            coming = {}
        coming[key] = _Later(where.alias, width, traps, node)
        self.next_write = node
        return coming

    def _may_go(self, block: Block, node: Node, where: Location, later: _Later) -> bool:
        """Is a trap of this store still raised, or impossible?"""
        if not where.width or node in self.proven:
            return True
        store = later.store
        if store is not None and store is self.next_write and later.width == where.width:
            # It traps in the same cases, for the same instruction, and the same is seen then.
            store.origin = store.origin._replace(bytecode_offset=node.origin[0], inlining=node.origin[1])
            return True
        available = self.available
        return bool(block.predecessors) and all(available.proven(before, where) for before in block.predecessors)

    def _drop(self, node: Node, rule: str) -> None:
        effect = node.effect
        for user in list(node.uses):
            for index in node.edges_to(user):
                assert is_effect_edge(user, index)
                user.replace_input(index, effect)
        self.graph.kill(node)
        self.graph.applied(rule, node)


def _seen(coming: _Coming, alias: str) -> None:
    """A read may see all that was stored in its alias class."""
    for key in [key for key, later in coming.items() if later.alias == alias]:
        del coming[key]
