"""Which objects does nobody need but the function itself and its frame states?

An object is a node that makes one, or a phi that chooses among such objects: behind the phi they go by its name only,
so it stands for a new object whose fields are phis. Flow-insensitive: what escapes anywhere is an object everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops.objects import ARRAY_LENGTH
from seaofnodes.ir.ops.shapes import ArrayShape, FieldAccess, StructShape
from seaofnodes.ir.types import REFERENCE
from seaofnodes.passes.analyses.effects import EffectChains

_MOST_OBJECTS: Final = 1000  # looked at in one round
_MOST_USES: Final = 500  # of one object
_MOST_FIELDS: Final = 64

ObjectShape = StructShape | ArrayShape
Place = tuple[Node, int]  # an object, and the index of a field or element


def made_shape(node: Node) -> ObjectShape | None:
    """What a node makes, if it may be a candidate; an array has a count."""
    shape = node.op.parameters
    if isinstance(shape, StructShape) and node.op.allocates:
        return shape if len(shape.fields) <= _MOST_FIELDS else None
    if not isinstance(shape, ArrayShape):
        return None
    if node.op.allocates:
        return shape if shape.count <= _MOST_FIELDS else None
    length = node.inputs[0].op
    if not length.is_int32_constant or not 0 <= length.parameters <= _MOST_FIELDS:
        return None
    return shape.of_elements(length.parameters)


def field_count(shape: ObjectShape) -> int:
    return len(shape.fields) if isinstance(shape, StructShape) else shape.count


def field_of(shape: ObjectShape, access: Node) -> int:
    """The index of the field or element that a load or store touches; -1 if there is none for certain."""
    wanted = access.op.parameters
    if isinstance(wanted, FieldAccess):
        if not isinstance(shape, StructShape) or wanted.field >= len(shape.fields):
            return -1
        return wanted.field if shape.fields[wanted.field].as_loaded(wanted.rep) == wanted else -1
    index = access.inputs[1]
    if not isinstance(shape, ArrayShape) or not index.op.is_int32_constant:
        return -1
    number: int = index.op.parameters
    return number if 0 <= number < shape.count and shape.element.as_loaded(wanted.rep) == wanted else -1


def state_holders(node: Node) -> Iterator[Node]:
    """What has a frame state that a node is in, be it as a value of an outer frame or in another object."""
    seen = {node}
    work = [node]
    while work:
        for user in work.pop().uses:
            op = user.op
            if user in seen:
                continue
            seen.add(user)
            if op.is_frame_state or op.is_state_values or op.is_object_state:
                work.append(user)
            elif op.frame_in:
                yield user


class Candidates:
    """Attributes: shapes: of the objects that stay where they are, by node; stores: blocks that write to a place."""

    __slots__ = ("_block_of", "_chains", "shapes", "stores")

    def __init__(self, chains: EffectChains, made: Iterable[Node]) -> None:
        """made: nodes that make objects."""
        self._chains = chains
        self._block_of: dict[Node, Block] = {}  # loads, stores, what has frame states: what is executed
        self.shapes: dict[Node, ObjectShape] = {}
        self.stores: dict[Place, set[Block]] = {}
        for node in made:
            shape = made_shape(node)
            if shape is not None and node.id in chains.flow.block_of:
                self.shapes[node] = shape
                if len(self.shapes) == _MOST_OBJECTS:
                    break
        if not self.shapes:
            return
        self._find_phis()
        self._find_places()
        changed = True
        while changed:
            changed = False
            for node in list(self.shapes):
                if not self._stays(node):
                    del self.shapes[node]
                    changed = True
        self.stores = {place: blocks for place, blocks in self.stores.items() if place[0] in self.shapes}

    def home(self, node: Node) -> Block:
        """The block where an object comes into being."""
        return self._chains.flow.block_of[(node.control if node.op.is_phi else node).id]

    def _find_phis(self) -> None:
        work = list(self.shapes)
        while work:
            node = work.pop()
            for user in node.uses:
                is_new = user.op.is_value_phi and user.type is REFERENCE and user not in self.shapes
                if is_new and user.control.id in self._chains.flow.block_of:
                    self.shapes[user] = self.shapes[node]
                    work.append(user)

    def _find_places(self) -> None:
        chains, block_of = self._chains, self._block_of
        anchors: dict[int, Block] = {}
        for block, chain in chains.chain.items():
            anchors[block.header.id] = block
            entering = chains.entering[block]
            if entering.op.is_effect_phi and entering.control is block.header:
                anchors[entering.id] = block
            for node in chain:
                anchors[node.id] = block_of[node] = block
            if block.control is not None:
                block_of[block.control] = block
        for anchor, readers in chains.readers.items():
            if anchor in anchors:
                block_of.update(dict.fromkeys(readers, anchors[anchor]))
        for node, shape in self.shapes.items():
            for user in node.uses:
                if user.op.is_object_store and user.inputs[0] is node and user in block_of:
                    self.stores.setdefault((node, field_of(shape, user)), set()).add(block_of[user])

    def _stays(self, node: Node) -> bool:
        shapes = self.shapes
        if len(node.uses) > _MOST_USES:
            return False
        shape = shapes[node]
        if node.op.is_phi and not all(shapes.get(value) == shape for value in node.values):
            return False
        return all(self._keeps(node, shape, user) for user in node.uses) and self._ends_in_phis(node)

    def _keeps(self, node: Node, shape: ObjectShape, user: Node) -> bool:
        """Does a user of the object, its effect or its control give the reference to nobody else?"""
        op = user.op
        values = user.inputs[: op.value_in]
        if node not in values:
            return True
        if op.is_object_load:
            return field_of(shape, user) >= 0 and (op.pure or user in self._block_of)
        if op.is_object_store:
            if user not in self._block_of or (values[0] is node and field_of(shape, user) < 0):
                return False
            return values[-1] is not node or self._may_hold(node, values[0], user)
        if op is m.REFERENCE_EQUAL:
            other = values[0] if values[1] is node else values[1]
            return other is node or other not in self.shapes or not (node.op.is_phi or other.op.is_phi)
        if op.is_frame_state or op.is_state_values or op.is_object_state:
            return all(holder in self._block_of for holder in state_holders(user))
        if op is ARRAY_LENGTH:
            return isinstance(shape, ArrayShape)
        if op.is_value_phi or made_shape(user) is not None:
            return user in self.shapes and (op.is_phi or self._may_hold(node, user, user))
        return op.declaration.name == "TypeCheck"

    def _may_hold(self, node: Node, owner: Node, writer: Node) -> bool:
        """May a candidate have the object in the field that `writer` gives it? Then nobody loads it from there, there
        is no place where paths with different values meet, and the object keeps its name.
        """
        shape = self.shapes.get(owner)
        if shape is None or owner.op.is_phi or any(user.op.is_value_phi for user in node.uses):
            return False
        home = self.home(owner)
        if writer.op.is_object_store:
            fields = [field_of(shape, writer)]
        else:
            fields = [index for index, value in enumerate(writer.values) if value is node]
        for user in owner.uses:
            if user.op.is_value_phi:
                return False
            elsewhere = user.op.is_object_store and user.inputs[0] is owner and self._block_of.get(user) is not home
            if (user.op.is_object_load or elsewhere) and field_of(shape, user) in fields:
                return False
        return True

    def _ends_in_phis(self, node: Node) -> bool:
        """Behind a phi that takes it, is the object known by the phi's name only?"""
        merges: dict[Block, list[Node]] = {}
        for user in node.uses:
            if user.op.is_value_phi:
                merges.setdefault(self.home(user), []).append(user)
        if not merges:
            return True
        home = self.home(node)
        used: set[Block] = set()
        for merge, phis in merges.items():
            edges = [merge.predecessors[i] for phi in phis for i, value in enumerate(phi.values) if value is node]
            if len(set(edges)) < len(edges):
                return False
            used.update(edges)
        for user in node.uses:
            if user in self._block_of and node in user.inputs[: user.op.value_in]:
                used.add(self._block_of[user])
            elif user.op.is_frame_state or user.op.is_state_values or user.op.is_object_state:
                used.update(self._block_of[holder] for holder in state_holders(user))
        below = [merge for merge in merges if merge is not home and home.dominates(merge)]
        return not below or leading_to([block for block in used if home.dominates(block)], home).isdisjoint(below)


def leading_to(blocks: Iterable[Block], home: Block) -> set[Block]:
    """These blocks, and those from which one of them is reached before `home` is, which dominates them all; not
    `home`.
    """
    found = {block for block in blocks if block is not home}
    work = list(found)
    while work:
        for predecessor in work.pop().predecessors:
            if predecessor is not home and predecessor not in found:
                found.add(predecessor)
                work.append(predecessor)
    return found
