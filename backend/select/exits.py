"""Exits to baseline code, before allocation: frames, objects to be made there, and the values that they need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, cast

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.code import DeoptField, DeoptObject
from seaofnodes.backend.instruction import Operand
from seaofnodes.backend.layout import ARRAY_ELEMENTS
from seaofnodes.backend.select.selector import Selector
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.common import FrameInfo, Speculation, values_of
from seaofnodes.ir.ops.shapes import StructShape, VirtualObject

Location = tuple[str, int]
Value = tuple[int, Location]  # the index of a use, or -1 and what stands for the value
_NOWHERE: Location = ("-", 0)


class ObjectTypeIds(Protocol):
    """What the unit's own data has to have where graphs have objects. type_ids: by the language's number of a type."""

    @property
    def type_ids(self) -> Sequence[int]: ...


def type_id(s: Selector, number: int) -> int:
    """The runtime's id of a type."""
    return cast(ObjectTypeIds, s.embedder_data).type_ids[number]


class Exit(NamedTuple):
    """Where optimized code leaves for baseline code, before allocation.

    Attributes: condition: code of the condition, "" for always, or NEVER, but once for stress; frames: innermost first;
    objects: those at ("o", index), and the values of
    their fields, whose places are not known yet.
    """

    condition: str
    speculation: Speculation
    frames: tuple[tuple[FrameInfo, tuple[Value, ...]], ...]
    objects: tuple[tuple[DeoptObject, tuple[Value, ...]], ...]


def exit_to(s: Selector, state: Node | None, speculation: Speculation, condition: str) -> tuple[Exit, list[Operand]]:
    """What leaving to a frame state needs, and the uses: wherever a value is, it may stay."""
    needed = _Needed(s)
    frames = []
    while state is not None:
        frames.append((state.op.parameters, tuple([needed.value(value) for value in values_of(state)])))
        state = state.frame_state if state.op.frame_in else None
    objects = needed.objects() if needed.states else ()
    return Exit(condition, speculation, tuple(frames), objects), needed.uses


class _Needed:
    """Attributes: uses: of values; states: of objects, by index (None: so far only named)."""

    __slots__ = ("_index_of", "_number", "_selector", "states", "uses")

    def __init__(self, s: Selector) -> None:
        self._selector = s
        self._index_of: dict[int, int] = {}
        self._number: dict[int, int] = {}
        self.uses: list[Operand] = []
        self.states: list[Node | None] = []

    def value(self, value: Node) -> Value:
        op = value.op
        if op.is_constant:
            return -1, ("c", (op.parameters or 0) & (1 << value.type.bits) - 1)
        if op.is_optimized_out:
            return -1, _NOWHERE
        if op.is_object_state or op.is_object_id:
            return -1, ("o", self._object(value))
        vreg = self._selector.vreg(value)
        index = self._index_of.get(vreg)
        if index is None:
            index = self._index_of[vreg] = len(self.uses)
            self.uses.append(ins.anywhere(vreg))
        return index, _NOWHERE

    def _object(self, node: Node) -> int:
        number = node.op.parameters if node.op.is_object_id else node.op.parameters.number
        index = self._number.setdefault(number, len(self.states))
        if index == len(self.states):
            self.states.append(None)
        if node.op.is_object_state:
            self.states[index] = node
        return index

    def objects(self) -> tuple[tuple[DeoptObject, tuple[Value, ...]], ...]:
        """All of them, those within others too."""
        found: dict[int, tuple[DeoptObject, tuple[Value, ...]]] = {}
        work = True
        while work:  # the fields of one may name more
            work = False
            for index, state in enumerate(self.states):
                if state is not None and index not in found:
                    values = tuple([self.value(value) for value in state.values])
                    found[index] = self._describe(state.op.parameters), values
                    work = True
        return tuple([found[index] for index in range(len(self.states))])

    def _describe(self, made: VirtualObject) -> DeoptObject:
        shape = made.shape
        id = type_id(self._selector, shape.type.number)
        if isinstance(shape, StructShape):
            fields = [DeoptField(field.offset, field.width, field.type, _NOWHERE) for field in shape.fields]
            return DeoptObject(id, shape.size, -1, tuple(fields))
        element, size = shape.element, shape.element.width >> 3
        fields = [
            DeoptField(ARRAY_ELEMENTS + index * size, element.width, element.type, _NOWHERE)
            for index in range(shape.count)
        ]
        return DeoptObject(id, ARRAY_ELEMENTS + size * shape.count + 7 & -8, shape.count, tuple(fields))
