"""Allocation sinking: an object that only some paths give to others is made there.

Where it escapes first, a copy of the object is made from its fields; from there on, everything uses the copy. Then the
object itself does not escape. After Stadler, Würthinger, Mössenböck, "Partial Escape Analysis and Scalar Replacement
for Java" (2014), but for objects whose copies no other path comes by: paths with and without a copy never meet while
the object is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from seaofnodes.ir.control_flow import Block, flow_user
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import machine as m, objects
from seaofnodes.ir.ops.common import NULL_CONSTANT
from seaofnodes.ir.ops.objects import ARRAY_LENGTH
from seaofnodes.ir.ops.shapes import ElementAccess, FieldAccess, StructShape
from seaofnodes.passes.analyses.effects import EffectChains
from seaofnodes.passes.memory.candidates import (
    ObjectShape,
    field_count,
    field_of,
    leading_to,
    made_shape,
    state_holders,
)

_MOST_FIELDS: Final = 16
_MOST_USES: Final = 100
_MOST_BLOCKS: Final = 50  # looked at for such a path
RULE: Final = "sink-allocation"


class _Use(NamedTuple):
    """A use of an object. Attributes: at: before which effect of the block's chain; node: does that effect use it, or
    is it a read of the state there?; input: its index, if the user is a phi.
    """

    user: Node
    block: Block
    at: int
    node: bool
    escapes: bool
    input: int = -1


class _Copy(NamedTuple):
    """Where a copy is made: in a block, before an effect of its chain, or at the end."""

    block: Block
    at: int

    def covers(self, use: _Use) -> bool:
        """Is the use behind it on every path?"""
        if use.block is self.block:
            return use.at > self.at or (use.node and use.at == self.at)
        return self.block.dominates(use.block)


class Sinking:
    """Looks for objects that can be sunk; for one `EffectChains`, which hold no more then."""

    def __init__(self, graph: Graph, phase: str, chains: EffectChains) -> None:
        self.graph = graph
        self.phase = phase
        self.chains = chains
        self._places: dict[Node, tuple[Block, int, bool]] = {}

    def run(self, made: Iterable[Node]) -> int:
        """Sink those of these objects that can be, but in each block one only; counts them."""
        block_of = self.chains.flow.block_of
        edited: set[Block] = set()
        count = 0
        for node in made:
            shape = made_shape(node)
            if shape is None or field_count(shape) > _MOST_FIELDS or len(node.uses) > _MOST_USES:
                continue
            home = block_of.get(node.id)
            uses = self._uses(node, shape) if home is not None else None
            if home is None or not uses:
                continue
            copies = self._copies(home, uses)
            if copies and edited.isdisjoint([copy.block for copy in copies]):
                for copy in copies:
                    self._make(node, shape, copy, [use for use in uses if copy.covers(use)])
                    edited.add(copy.block)
                self.graph.applied(RULE, node, node)
                count += 1
        return count

    def _find_places(self) -> None:
        places, readers = self._places, self.chains.readers
        for block, chain in self.chains.chain.items():
            entering = self.chains.entering[block]
            first = list(readers.get(block.header.id, ()))
            if entering.op.is_effect_phi and entering.control is block.header:
                first += readers.get(entering.id, ())
            for reader in first:
                places[reader] = block, 0, False
            for index, node in enumerate(chain):
                places[node] = block, index, True
                for reader in readers.get(node.id, ()):
                    places[reader] = block, index + 1, False
            if block.control is not None and block.control not in places:
                places[block.control] = block, len(chain), True

    def _uses(self, node: Node, shape: ObjectShape) -> list[_Use] | None:
        """Those that have a place; None if it cannot be said what copies would do to one."""
        if not self._places:
            self._find_places()
        found: list[_Use] = []
        holders: dict[Node, None] = {}
        for user in node.uses:
            op = user.op
            values = user.inputs[: op.value_in]
            if node not in values or op is ARRAY_LENGTH or op.declaration.name == "TypeCheck":
                continue
            if op.is_frame_state or op.is_state_values or op.is_object_state:
                holders.update(dict.fromkeys(state_holders(user)))
            elif op is m.REFERENCE_EQUAL:
                if not all(value is node or value.op is NULL_CONSTANT for value in values):
                    return None
            elif op.is_value_phi:
                block = self.chains.flow.block_of.get(user.control.id)
                if block is None:
                    return None
                for index, value in enumerate(values):
                    if value is node:
                        before = block.predecessors[index]
                        found.append(_Use(user, before, len(self.chains.chain[before]), True, True, index))
            elif (op.is_object_load or op.is_object_store) and values[0] is node:
                if field_of(shape, user) < 0 or node in values[1:]:
                    return None
                if not op.pure and user not in self._places:
                    return None
                if not op.pure:
                    found.append(_Use(user, *self._places[user], False))
            elif op.effect_in and user in self._places and self._places[user][2]:
                found.append(_Use(user, *self._places[user], True))
            else:
                return None
        if not all(holder in self._places for holder in holders):
            return None
        return found + [_Use(holder, *self._places[holder], False) for holder in holders]

    def _copies(self, home: Block, uses: list[_Use]) -> list[_Copy]:
        """Where to make copies; none if that is not possible, or gains nothing."""
        first: dict[Block, int] = {}
        for use in uses:
            if use.escapes:
                first[use.block] = min(use.at, first.get(use.block, use.at))
        blocks = [block for block in first if not any(other is not block and other.dominates(block) for other in first)]
        if home in first or not blocks or not _gains(home, set(blocks)):
            return []
        copies = [_Copy(block, first[block]) for block in blocks]
        for copy in copies:
            block = copy.block
            if block in leading_to(block.predecessors, home) or not self._has_room(copy):
                return []
            elsewhere = [use.block for use in uses if home.dominates(use.block) and not block.dominates(use.block)]
            if block in leading_to(elsewhere, home):
                return []
        return copies

    def _has_room(self, copy: _Copy) -> bool:
        """Is there an effect before which it can be made, or a phi of effects at the end of the block?"""
        block = copy.block
        if copy.at < len(self.chains.chain[block]) or (block.control is not None and block.control.op.effect_in):
            return True
        return block.control is None and len(block.successors) == 1 and self._effect_phi(block) is not None

    def _effect_phi(self, block: Block) -> Node | None:
        """Of what follows the block."""
        entering = self.chains.entering[block.successors[0]]
        header = block.successors[0].header
        return entering if entering.op.is_effect_phi and entering.control is header else None

    def _make(self, node: Node, shape: ObjectShape, copy: _Copy, uses: list[_Use]) -> None:
        graph, chain, block = self.graph, self.chains.chain[copy.block], copy.block
        graph.origin = Origin(node.origin[0], node.origin[1], self.phase, RULE, node.id)
        control = block.header
        for before in chain[: copy.at]:
            control = before if before.op.control_out else control
        effect = chain[copy.at - 1] if copy.at else self.chains.entering[block]
        [following] = flow_user(control)
        values = [self._load(node, shape, index, effect, control) for index in range(field_count(shape))]
        op = node.op if isinstance(shape, StructShape) else objects.allocate_elements(shape)
        made = graph.node(op, *values, effect, control)
        for index in control.edges_to(following):
            if index >= following.op.control_index:
                following.replace_input(index, made)
        if copy.at < len(chain):
            chain[copy.at].replace_input(chain[copy.at].op.effect_index, made)
        elif block.control is not None:
            block.control.replace_input(block.control.op.effect_index, made)
        else:
            phi = self._effect_phi(block)
            assert phi is not None
            phi.replace_input(block.successors[0].predecessors.index(block), made)
        for use in uses:
            user = use.user
            if user.op.is_value_phi:
                user.replace_input(use.input, made)
                continue
            for index in node.edges_to(user):
                if index < user.op.value_in:
                    user.replace_input(index, made)
            if user.op.frame_in:
                state = self._state(user.frame_state, node, made)
                user.replace_input(user.op.value_in, state)

    def _state(self, part: Node, node: Node, made: Node) -> Node:
        """A frame state, or a part of one, with the copy in place of the object."""
        if part is node:
            return made
        if not (part.op.is_frame_state or part.op.is_state_values or part.op.is_object_state):
            return part
        inputs = [self._state(child, node, made) for child in part.inputs]
        return part if inputs == part.inputs else self.graph.node(part.op, *inputs)

    def _load(self, node: Node, shape: ObjectShape, index: int, effect: Node, control: Node) -> Node:
        if isinstance(shape, StructShape):
            field = shape.fields[index]
            return self.graph.node(objects.load_field(field.as_loaded(_read(field))), node, effect, control)
        op = objects.load_element(shape.element.as_loaded(_read(shape.element)))
        return self.graph.node(op, node, self.graph.int32(index), effect, control)


def _read(access: FieldAccess | ElementAccess) -> str:
    """How to load what will be stored again."""
    return f"Uint{access.width}" if access.width < access.type.bits else access.rep


def _gains(home: Block, copies: set[Block]) -> bool:
    """Is there a path that is not seldom taken, and makes no copy?"""
    seen: set[Block] = set()
    work = [home]
    while work:
        block = work.pop()
        if not block.successors or len(seen) > _MOST_BLOCKS:
            return True
        for successor in block.successors:
            if successor is home:
                return True
            if successor not in seen and successor not in copies and (home.deferred or not successor.deferred):
                seen.add(successor)
                work.append(successor)
    return False
