"""Shapes (hidden classes): the Python faces of type records.

Objects whose properties were added in the same order share a shape; another property leads to another shape (a
transition). An object may have a shape of its own, which is changed in place: prototypes, objects with many properties
and those that have lost one. What objects of a shape hold together, such as their prototype, is in a heap object, the
map, which the type record holds: a shape lives as long as an object of it, or another that came from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.layout import ARRAY_ELEMENTS, OBJECT_STATE, TYPE_ARRAY, TYPE_STRUCT
from seaofnodes.errors import Error
from seaofnodes.javascript.objects.kinds import FIRST_RECEIVER, ElementsKind, Kind
from seaofnodes.javascript.objects.layout import (
    FIELDS,
    MAP_KEYS,
    MAP_PARENT,
    MAP_PROTOTYPE,
    MAP_SIZE,
    MAP_TYPE,
    OBJECT_FIELDS,
    OBJECT_KIND,
)
from seaofnodes.javascript.objects.storage.memory import Memory
from seaofnodes.javascript.objects.words import Key, smi
from seaofnodes.runtime.heap.memory import MOST_TYPES
from seaofnodes.runtime.heap.records import TypeRecord

if TYPE_CHECKING:
    from seaofnodes.javascript.objects.property import InternalMethods

_ALL: Final = 1 << 30


def _nothing() -> None:
    pass


Table = dict[Key, tuple[int, int]]
Transition = int | tuple[str, int] | tuple[str, int, int]


class Shape:
    """Attributes: id: of the type; kind; prototype: a word; map: the word of the map object, 0 for primitives; fields:
    words of the kind before the slots; in_object: slots in the object; first: index of the first one, in words; size:
    of an object, in bytes; elements_kind; extensible; own: is it one object's own? watched: is that a prototype, or
    the global object, of which machine code knows where its properties are? table: of the properties, in their
    order, shared with shapes that were made from this one; count: slots less than this are of this shape; indices: of
    elements of kind DICTIONARY, the same as `table`; used, elements_used: of an own shape, slots that have been given;
    free, elements_free: and those that are free again; methods: the internal methods; plain_names,
    plain_elements: theirs.
    """

    __slots__ = (
        "count", "elements_free", "elements_kind", "elements_used", "extensible", "fields", "first", "free", "id",
        "in_object", "indices", "kind", "map", "methods", "own", "parent", "parent_key", "plain_elements",
        "plain_names", "prototype", "size", "table", "transitions", "used", "watched",
    )  # fmt: skip

    def __init__(self, type_id: int, kind: Kind, size: int) -> None:
        self.id = type_id
        self.kind = kind
        self.size = size
        self.prototype = 0
        self.map = 0
        self.fields = 0
        self.in_object = 0
        self.first = OBJECT_FIELDS >> 3
        self.elements_kind = ElementsKind.HOLEY
        self.extensible = True
        self.own = False
        self.watched = False
        self.table: Table = {}
        self.count = 0
        self.used = 0
        self.free: list[int] = []
        self.indices: dict[int, tuple[int, int]] = {}
        self.elements_used = 0
        self.elements_free: list[int] = []
        self.transitions: dict[Transition, Shape] = {}
        self.parent: Shape | None = None
        self.parent_key: Transition = 0
        self.plain_names = self.plain_elements = False
        self.methods: InternalMethods = None  # type: ignore[assignment]  # values of primitive kinds have none

    def lookup(self, key: Key) -> tuple[int, int] | None:
        """The slot and the attributes of a property with a name or symbol."""
        found = self.table.get(key)
        return found if found is not None and found[0] < self.count else None

    def keys(self) -> list[Key]:
        """Names and symbols in the order in which they were added."""
        return list(self.table) if self.own else list(islice(self.table, self.count))

    def properties(self) -> list[tuple[Key, int, int]]:
        """Names and symbols with their slots and attributes, in order."""
        items = self.table.items() if self.own else islice(self.table.items(), self.count)
        return [(key, slot, attributes) for key, (slot, attributes) in items]

    def __repr__(self) -> str:
        return f"<shape {self.id} of {self.kind.name}, {len(self.keys())} properties>"


class Shapes:
    """All shapes of an isolate. A shape that is given out is held (Memory.held) until the caller's frame ends.

    Attributes: by_id: shapes by the ids of their types, None for types of others; null: the word, once it is there;
    fixed_array: the id of the type of arrays of words; found: shapes that others have found, by what they asked for,
    emptied when shapes die; changed: called after a change of what a watched object has (not of values); gone: called
    after a collection in which shapes have gone that were not own ones.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._heap = memory.heap
        self.by_id: list[Shape | None] = [None]
        self.null = 0
        self.found: dict[tuple[object, ...], Shape] = {}
        self.changed: Callable[[], None] = _nothing
        self.gone: Callable[[], None] = _nothing
        self._methods: dict[Kind, InternalMethods] = {}
        self._roots: dict[tuple[int, int, int, int], Shape] = {}
        self._references: dict[int, tuple[int, ...]] = {}
        self._map_id = self.define(Kind.MAP, TYPE_STRUCT, MAP_SIZE, (MAP_PROTOTYPE, MAP_PARENT, MAP_KEYS)).id
        self.fixed_array = self.define(Kind.FIXED_ARRAY, TYPE_ARRAY, 8, (ARRAY_ELEMENTS,)).id
        self._heap.collected.append(self._sweep)

    def install(self, ordinary: InternalMethods, exotic: Mapping[Kind, InternalMethods]) -> None:
        """The internal methods of all kinds of objects, before the first object."""
        self._methods = {kind: exotic.get(kind, ordinary) for kind in Kind if kind >= FIRST_RECEIVER}

    def set_methods(self, kind: Kind, methods: InternalMethods) -> None:
        """Those of a kind of which there is no object yet."""
        self._methods[kind] = methods

    def of(self, word: int) -> Shape:
        """The shape of a heap object."""
        found = self.by_id[self._memory.i[word - self._memory.base >> 2]]
        assert found is not None
        return found

    def define(self, kind: Kind, form: int, size: int, references: tuple[int, ...] = ()) -> Shape:
        """The shape of a kind of objects that are no receivers; form, size, references: as in a TypeRecord."""
        shape = Shape(self._heap.types.new_id(), kind, size)
        self._heap.define_type(shape.id, TypeRecord(form, size, references, (shape.id,), kind.name))
        self._enter(shape)
        return shape

    def _enter(self, shape: Shape) -> None:
        headers = self._memory.headers
        while len(self.by_id) <= shape.id:
            self.by_id.append(None)
            headers.append(0)
        self.by_id[shape.id] = shape
        headers[shape.id] = shape.id | shape.kind << 8 * OBJECT_KIND

    def root(self, kind: Kind, prototype: int, fields: int = 0, in_object: int = 4) -> Shape:
        """The shape of new objects; fields: words that the kind has before its slots (see layout.FIELDS, too)."""
        code = kind, prototype, fields, in_object
        found = self._roots.get(code)
        if found is None:
            self.become_prototype(prototype)
            found = self._make(kind, prototype, max(fields, FIELDS.get(kind, 0)), in_object)
            if kind == Kind.JS_ARRAY:
                found.elements_kind = ElementsKind.PACKED_SMI
            self._roots[code] = found
        self._memory.held.append(found.map)
        return found

    def _make(self, kind: Kind, prototype: int, fields: int, in_object: int, parent: Shape | None = None) -> Shape:
        memory, heap = self._memory, self._heap
        memory.held.append(prototype)
        if parent is not None:
            memory.held.append(parent.map)
        type_id = heap.types.new_id()
        if type_id >= MOST_TYPES and heap.collect():  # ids of shapes that have died are free then
            type_id = heap.types.new_id()
        word = memory.allocate(self._map_id, MAP_SIZE)
        size = OBJECT_FIELDS + 8 * (fields + in_object)
        references = self._references.get(size)
        if references is None:
            references = self._references[size] = tuple(range(8, size, 8))
        shape = Shape(type_id, kind, size)
        heap.define_type(type_id, TypeRecord(TYPE_STRUCT, size, references, (shape.id,), kind.name))
        heap.hold_by_type(shape.id, word)
        memory.store(word, MAP_TYPE, smi(shape.id))
        memory.store(word, MAP_PROTOTYPE, prototype)
        shape.map = word
        shape.prototype = prototype
        shape.fields = fields
        shape.in_object = in_object
        shape.first += fields
        shape.methods = methods = self._methods[kind]
        shape.plain_names = methods.plain_names
        shape.plain_elements = methods.plain_elements
        self._enter(shape)
        return shape

    def _derive(self, parent: Shape, code: Transition) -> Shape:
        """A shape with a transition from another one, with the same properties in a table of its own."""
        shape = self._copy(parent)
        self._memory.store(shape.map, MAP_PARENT, parent.map)
        shape.parent = parent
        shape.parent_key = code
        parent.transitions[code] = shape
        return shape

    def _copy(self, shape: Shape) -> Shape:
        made = self._make(shape.kind, shape.prototype, shape.fields, shape.in_object, shape)
        made.elements_kind = shape.elements_kind
        made.extensible = shape.extensible
        made.count = shape.count
        return made

    @staticmethod
    def _properties(shape: Shape) -> Table:
        return dict(islice(shape.table.items(), shape.count))

    # Transitions. For an own shape these change it in place.

    def add(self, shape: Shape, key: Key, attributes: int) -> Shape:
        """The shape, not an own one, with one more property, in the next slot."""
        code = key * 32 + attributes
        found = shape.transitions.get(code)
        if found is not None:
            self._memory.held.append(found.map)
            return found
        self._memory.held.append(key)
        found = self._derive(shape, code)
        found.table = shape.table if len(shape.table) == shape.count else self._properties(shape)
        found.table[key] = (shape.count, attributes)
        found.count = shape.count + 1
        self._memory.store(found.map, MAP_KEYS, key)
        return found

    @staticmethod
    def without_last(shape: Shape, key: Key) -> Shape | None:
        """The shape that this one was made from, if that was by adding a property with this key."""
        parent = shape.parent
        if parent is None or parent.count == shape.count or shape.table[key][0] != parent.count:
            return None
        return parent

    def with_attributes(self, shape: Shape, key: Key, attributes: int) -> Shape:
        """The shape with other attributes of a property."""
        slot, before = shape.table[key]
        if before == attributes:
            return shape
        if shape.own:
            shape.table[key] = slot, attributes
            if shape.watched:
                self.changed()
            return shape
        code = "attributes", key, attributes
        found = shape.transitions.get(code)
        if found is None:
            found = self._derive(shape, code)
            found.table = self._properties(shape)
            found.table[key] = slot, attributes
        self._memory.held.append(found.map)
        return found

    def with_elements(self, shape: Shape, kind: ElementsKind) -> Shape:
        """The shape with another kind of elements."""
        if shape.own or shape.elements_kind == kind:
            shape.elements_kind = kind
            return shape
        if kind == ElementsKind.DICTIONARY:
            raise Error("only an own shape has dictionary elements")
        code = "elements", kind
        found = shape.transitions.get(code)
        if found is None:
            found = self._derive(shape, code)
            found.table = self._properties(shape)
            found.elements_kind = kind
        self._memory.held.append(found.map)
        return found

    def with_prototype(self, shape: Shape, prototype: int) -> Shape:
        """The shape with another prototype, which gets a shape of its own."""
        if shape.prototype == prototype:
            return shape
        self._memory.held.append(prototype)
        self.become_prototype(prototype)
        if shape.own:
            shape.prototype = prototype
            self._memory.store(shape.map, MAP_PROTOTYPE, prototype)
            if shape.watched:
                self.changed()
            return shape
        code = "prototype", prototype
        found = shape.transitions.get(code)
        if found is None:
            found = self._derive(shape, code)
            found.table = self._properties(shape)
            found.prototype = prototype
            self._memory.store(found.map, MAP_PROTOTYPE, prototype)
        self._memory.held.append(found.map)
        return found

    def not_extensible(self, shape: Shape) -> Shape:
        """The shape of objects that get no more properties."""
        if shape.own or not shape.extensible:
            shape.extensible = False
            return shape
        code = "extensible", 0
        found = shape.transitions.get(code)
        if found is None:
            found = self._derive(shape, code)
            found.table = self._properties(shape)
            found.extensible = False
        self._memory.held.append(found.map)
        return found

    # Own shapes.

    def become_prototype(self, word: int) -> None:
        """An object that is the prototype of others has a shape of its own."""
        if word != self.null:
            self.watch(word)

    def watch(self, word: int) -> None:
        """From now on `changed` is called when an object changes; it gets a shape of its own."""
        self.own(word).watched = True

    def own(self, word: int) -> Shape:
        """The object's own shape, which it gets if it has none."""
        shape = self.of(word)
        if shape.own:
            return shape
        memory = self._memory
        memory.held.append(word)
        made = self._copy(shape)
        made.own = True
        made.table = self._properties(shape)
        made.used = shape.count
        made.count = _ALL
        keys = memory.allocate_array(self.fixed_array, made.used, 8)
        memory.fill(keys, 0, list(made.table))
        memory.store(made.map, MAP_KEYS, keys)
        memory.i[word - memory.base >> 2] = made.id
        return made

    def add_own(self, shape: Shape, key: Key, attributes: int) -> int:
        """Add a property to an own shape; its slot."""
        memory = self._memory
        slot = shape.free.pop() if shape.free else shape.used
        keys = memory.raw(shape.map, MAP_KEYS)
        if slot >= memory.array_length(keys):
            memory.held.append(key)
            known = memory.words(keys)
            keys = memory.allocate_array(self.fixed_array, 8 + slot + (slot >> 1), 8)
            memory.fill(keys, 0, known)
            memory.store(shape.map, MAP_KEYS, keys)
        memory.fill(keys, slot, [key])
        shape.used = max(shape.used, slot + 1)
        shape.table[key] = slot, attributes
        if shape.watched:
            self.changed()
        return slot

    def remove_own(self, shape: Shape, key: Key) -> int:
        """Remove a property of an own shape; the slot that is free then."""
        slot, _ = shape.table.pop(key)
        shape.free.append(slot)
        if shape.watched:
            self.changed()
        self._memory.fill(self._memory.raw(shape.map, MAP_KEYS), slot, [0])
        return slot

    # Collections.

    def _sweep(self) -> None:
        """Let shapes go whose maps have not been found."""
        state, b, by_id = self._heap.kept_state, self._memory.b, self.by_id
        at = OBJECT_STATE - self._memory.base
        gone = [shape for shape in by_id if shape is not None and shape.map and b[shape.map + at] != state]
        for shape in gone:
            parent = shape.parent
            by_id[shape.id] = None
            if parent is not None:
                if parent.transitions.get(shape.parent_key) is shape:
                    del parent.transitions[shape.parent_key]
                while parent.table is shape.table and len(parent.table) > parent.count:
                    parent.table.popitem()
            self._heap.types.free_id(shape.id)
        if any(not shape.own for shape in gone):
            self.gone()
        if gone:
            self.found.clear()
            self._roots = {code: shape for code, shape in self._roots.items() if by_id[shape.id] is shape}
