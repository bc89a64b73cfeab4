"""Versions of state: for each alias class, the effect that wrote it last. Reads that float hang on that one, so that
they can be found equal and leave loops.
"""

from __future__ import annotations

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import EVERYTHING, SynchronousAlias
from seaofnodes.passes.analyses.effects import EffectChains
from seaofnodes.passes.memory.availability import Availability

# Their proof is an access before them in the chain, not their control input; or what they read changes by itself.

_MOST_CLASSES = 256  # told apart at one place; keeps functions with very many globals linear
_INTERRUPT = "interrupt"  # as an alias class: all but tables


class _Versions:
    """Attributes: last: alias class -> its last writer; others: that of all other classes."""

    __slots__ = ("last", "others")

    def __init__(self, others: Node, last: dict[str, Node]) -> None:
        self.others = others
        self.last = last

    def get(self, alias: str) -> Node:
        return self.last.get(alias, self.others)

    def interrupt(self, node: Node, tables: set[str]) -> _Versions:
        """After a stack check, which may run a handler of signals: that has no business with tables in use."""
        return _Versions(node, {alias: self.get(alias) for alias in tables})


def raise_reads(chains: EffectChains, available: Availability) -> int:
    """Rewire the effect inputs of floating reads: past writers of other classes in their block, and out of loops that
    do not write their class. (Not past merges: that would force the scheduler to load before the branch.) Returns how
    many were changed.
    """
    if not chains.readers:
        return 0
    written = _written_in_loops(chains)
    tables = _tables(chains)
    leaving: dict[Block, _Versions] = {}
    raised = 0
    for block in chains.flow.blocks:
        entering = chains.entering[block]
        versions = _enter(block, entering, leaving, written, tables)
        near = _Versions(entering, {})  # as if all had been written at the start of the block
        readers = list(chains.readers.get(block.header.id, ()))
        if entering.id != block.header.id:
            readers += chains.readers.get(entering.id, ()) if _begins(entering, block) else ()
        raised += _raise(readers, versions, near, block, available, chains)
        for node in chains.chain[block]:
            alias = node.op.writes
            if node.op.is_stack_check:
                versions, near = versions.interrupt(node, tables), near.interrupt(node, tables)
            elif alias == EVERYTHING:
                versions, near = _Versions(node, {}), _Versions(node, {})
            elif alias:
                versions.last[alias] = near.last[alias] = node
            if node.id in chains.readers:
                raised += _raise(chains.readers[node.id], versions, near, block, available, chains)
        leaving[block] = versions
    return raised


def _begins(entering: Node, block: Block) -> bool:
    return entering.op.is_effect_phi and entering.control is block.header


def _written_in_loops(chains: EffectChains) -> dict[Block, set[str]]:
    written: dict[Block, set[str]] = {}
    for block in chains.flow.blocks:
        chain = chains.chain[block]
        aliases = {_INTERRUPT if node.op.is_stack_check else node.op.writes for node in chain} - {""}
        if block.loop is not None and aliases:
            written.setdefault(block.loop, set()).update(aliases)
    for block in reversed(chains.flow.blocks):
        if block.is_loop_header and block in written:  # inner ones come first
            outer = block.predecessors[0].loop
            if outer is not None:
                written.setdefault(outer, set()).update(written[block])
    return written


def _tables(chains: EffectChains) -> set[str]:
    """The alias classes of tables that are read."""
    reads = {node.op.reads for nodes in chains.readers.values() for node in nodes}
    return {alias for alias in reads if type(alias) is SynchronousAlias}


def _enter(
    block: Block,
    entering: Node,
    leaving: dict[Block, _Versions],
    written: dict[Block, set[str]],
    tables: set[str],
) -> _Versions:
    if not block.predecessors or entering is block.header:  # after a call in a try
        return _Versions(entering, {})
    first = leaving[block.predecessors[0]]
    if len(first.last) > _MOST_CLASSES:
        return _Versions(entering, {})
    if not _begins(entering, block):
        return _Versions(first.others, first.last.copy())
    if block.is_loop_header:
        aliases = written.get(block, set())
        if EVERYTHING in aliases:
            return _Versions(entering, {})
        if _INTERRUPT in aliases:
            return first.interrupt(entering, tables - aliases)
        return _Versions(first.others, first.last | dict.fromkeys(aliases, entering))
    found = [leaving[predecessor] for predecessor in block.predecessors]
    aliases = {alias for versions in found for alias in versions.last}
    if len(aliases) > _MOST_CLASSES:
        return _Versions(entering, {})
    others = first.others if all(versions.others is first.others for versions in found) else entering
    last = {}
    for alias in aliases:
        version = first.get(alias)
        last[alias] = version if all(versions.get(alias) is version for versions in found) else entering
    return _Versions(others, last)


def _raise(
    readers: list[Node],
    versions: _Versions,
    near: _Versions,
    block: Block,
    available: Availability,
    chains: EffectChains,
) -> int:
    raised = 0
    for node in readers:
        op = node.op
        if op.is_load or op.is_volatile or node.is_dead:
            continue
        start = chains.flow.blocks[0].header
        before = raised
        if op.is_indexed_read and node.control is not start and _is_always_inside(node):
            node.replace_input(op.control_index, start)
            raised += 1
        version = available.effect(versions.get(op.reads))
        if not _is_outside(version, block, chains):
            version = available.effect(near.get(op.reads))
        if node.inputs[op.effect_index] is not version:
            node.replace_input(op.effect_index, version)
            raised += 1
        if raised > before:
            available.graph.applied("raise-read", node, node)
    return raised


def _is_always_inside(read: Node) -> bool:
    """Is the index less than the table's size, whatever happens? Then no check has to come before."""
    index = read.values[1]
    minimum: int = read.op.parameters.minimum
    return index.op.is_int32_constant and index.op.parameters & 0xFFFFFFFF < minimum


def _is_outside(version: Node, block: Block, chains: EffectChains) -> bool:
    """Does it stand outside of the block's innermost loop?"""
    block_of = chains.flow.block_of
    home = block_of.get(version.id) or block_of.get((version.control if version.op.control_in else version).id)
    return home is not None and home.loop_depth < block.loop_depth
