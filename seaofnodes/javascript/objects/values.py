"""Values: what a word stands for, and the primitive ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Final

from seaofnodes.backend.layout import ARRAY_ELEMENTS, TYPE_ARRAY, TYPE_STRUCT
from seaofnodes.javascript.objects.kinds import FIRST_RECEIVER, FIRST_STRING, LAST_STRING, Kind
from seaofnodes.javascript.objects.layout import (
    ACCESSOR_GET,
    ACCESSOR_SET,
    ACCESSOR_SIZE,
    BIGINT_DIGITS,
    BIGINT_SIGN,
    LAZY_INDEX,
    LAZY_SIZE,
    NUMBER_SIZE,
    NUMBER_VALUE,
    ODDBALL_NUMBER,
    ODDBALL_SIZE,
    ODDBALL_TEXT,
    QUIET_NAN,
    SYMBOL_DESCRIPTION,
    SYMBOL_FLAGS,
    SYMBOL_PRIVATE,
    SYMBOL_SIZE,
    WRAPPER_VALUE,
)
from seaofnodes.javascript.objects.shapes import Shape, Shapes
from seaofnodes.javascript.objects.storage.memory import Memory
from seaofnodes.javascript.objects.storage.string_table import StringTable
from seaofnodes.javascript.objects.words import smi
from seaofnodes.runtime.heap.heap import Heap

WELL_KNOWN: Final = {
    "async_iterator": "asyncIterator", "has_instance": "hasInstance", "is_concat_spreadable": "isConcatSpreadable",
    "iterator": "iterator", "match": "match", "match_all": "matchAll", "replace": "replace", "search": "search",
    "species": "species", "split": "split", "to_primitive": "toPrimitive", "to_string_tag": "toStringTag",
    "unscopables": "unscopables",
}  # fmt: skip


class Symbols:
    """The well-known symbols, as words."""

    async_iterator: int
    has_instance: int
    is_concat_spreadable: int
    iterator: int
    match: int
    match_all: int
    replace: int
    search: int
    species: int
    split: int
    to_primitive: int
    to_string_tag: int
    unscopables: int


class Values:
    """The lower half of an isolate.

    Attributes: heap; memory; held: `memory.held`; shapes; strings; undefined, null, true, false, hole: words; symbols;
    roots: callables that give words that Python holds; empty_array: a FixedArray; length_key: the name "length"; and
    ids of types.
    """

    def __init__(self, heap: Heap) -> None:
        self.heap = heap
        self.memory = memory = Memory(heap)
        self.held = memory.held
        self.base = memory.base
        self.q, self.i = memory.q, memory.i
        self.roots: list[Callable[[], Iterable[int]]] = []
        self._pins: dict[int, int] = {}
        heap.roots.add(self._words)
        self.shapes = shapes = Shapes(memory)
        self.strings = StringTable(memory, lambda *record: shapes.define(*record).id)

        def struct(kind: Kind, size: int, *references: int) -> int:
            return shapes.define(kind, TYPE_STRUCT, size, references).id

        def array(kind: Kind, width: int, *references: int) -> int:
            return shapes.define(kind, TYPE_ARRAY, width, references).id

        self._number_id = struct(Kind.HEAP_NUMBER, NUMBER_SIZE)
        self._symbol_id = struct(Kind.SYMBOL, SYMBOL_SIZE, SYMBOL_DESCRIPTION)
        self._bigint_id = array(Kind.BIGINT, 8)
        self.fixed_array_id = shapes.fixed_array
        self.double_array_id = array(Kind.FIXED_DOUBLE_ARRAY, 8)
        self.property_array_id = array(Kind.PROPERTY_ARRAY, 8, ARRAY_ELEMENTS)
        self.context_id = array(Kind.CONTEXT, 8, ARRAY_ELEMENTS)
        self.bytes_id = array(Kind.BYTES, 1)
        self._accessor_id = struct(Kind.ACCESSOR_PAIR, ACCESSOR_SIZE, ACCESSOR_GET, ACCESSOR_SET)
        self.lazy_id = struct(Kind.LAZY, LAZY_SIZE, LAZY_INDEX)

        def oddball(kind: Kind) -> int:
            return struct(kind, ODDBALL_SIZE, ODDBALL_NUMBER, ODDBALL_TEXT)

        boolean = oddball(Kind.BOOLEAN)
        nan = self.number(math.nan)
        self.undefined = self._oddball(oddball(Kind.UNDEFINED), nan, "undefined")
        self.null = shapes.null = self._oddball(oddball(Kind.NULL), smi(0), "null")
        self.true = self._oddball(boolean, smi(1), "true")
        self.false = self._oddball(boolean, smi(0), "false")
        self.hole = self._oddball(oddball(Kind.HOLE), nan, "hole")
        self.empty_array = self.pin(memory.allocate_array(self.fixed_array_id, 0, 8))
        self.symbols = Symbols()
        for attribute, name in WELL_KNOWN.items():
            setattr(self.symbols, attribute, self.pin(self.symbol(f"Symbol.{name}")))
        self.length_key = self.name("length")
        self._single = [0] * 256

    # Roots.

    def _words(self) -> list[int]:
        found = [*self.held, *self._pins]
        for root in self.roots:
            found += root()
        return found

    def pin(self, word: int) -> int:
        """Keep an object until it is unpinned as often; the word."""
        self._pins[word] = self._pins.get(word, 0) + 1
        return word

    def unpin(self, word: int) -> None:
        count = self._pins[word] - 1
        if count:
            self._pins[word] = count
        else:
            del self._pins[word]

    # What a word is.

    def kind(self, word: int) -> Kind:
        """What a word stands for."""
        if not word & 1:
            return Kind.SMI
        return self.shapes.by_id[self.i[word - self.base >> 2]].kind  # type: ignore[union-attr]

    def shape(self, word: int) -> Shape:
        """The shape of a heap object."""
        return self.shapes.by_id[self.i[word - self.base >> 2]]  # type: ignore[return-value]

    def is_object(self, word: int) -> bool:
        """Is it an object of the language (a receiver)?"""
        return word & 1 == 1 and self.shapes.by_id[self.i[word - self.base >> 2]].kind >= FIRST_RECEIVER  # type: ignore[union-attr]

    def is_number(self, word: int) -> bool:
        return not word & 1 or self.i[word - self.base >> 2] == self._number_id

    def is_string(self, word: int) -> bool:
        return word & 1 == 1 and FIRST_STRING <= self.shapes.by_id[self.i[word - self.base >> 2]].kind <= LAST_STRING  # type: ignore[union-attr]

    def is_symbol(self, word: int) -> bool:
        return word & 1 == 1 and self.i[word - self.base >> 2] == self._symbol_id

    def is_bigint(self, word: int) -> bool:
        return word & 1 == 1 and self.i[word - self.base >> 2] == self._bigint_id

    # Primitive values.

    @property
    def number_header(self) -> int:
        """The first word of every HeapNumber."""
        return self.memory.headers[self._number_id]

    def number(self, value: int | float) -> int:
        """The word of a number: a Smi wherever it can be one. Raises OverflowError for an int beyond all doubles."""
        if -2147483648 <= value <= 2147483647:
            whole = int(value)
            if whole == value and (whole or math.copysign(1, value) > 0):
                return (whole & 0xFFFFFFFF) << 32
        word = self.memory.allocate(self._number_id, NUMBER_SIZE)
        if value != value:
            self.memory.store(word, NUMBER_VALUE, QUIET_NAN)
        else:
            self.memory.d[word - self.base + NUMBER_VALUE >> 3] = value
        return word

    def float_of(self, word: int) -> float:
        """The double of a Smi or a HeapNumber."""
        if word & 1:
            return self.memory.d[word - self.base + NUMBER_VALUE >> 3]
        value = word >> 32
        return float(value - 0x1_0000_0000 if value & 0x8000_0000 else value)

    def string(self, text: str) -> int:
        """A string of a unit string."""
        if len(text) < 2:
            return self._single_unit(ord(text)) if text else self.strings.empty
        return self.strings.make(text)

    def _single_unit(self, unit: int) -> int:
        if unit > 255:
            return self.strings.make(chr(unit))
        found = self._single[unit]
        if not found:
            found = self._single[unit] = self.strings.name(chr(unit))
        return found

    def text(self, word: int) -> str:
        """The unit string of a string's word."""
        return self.strings.text(word)

    def name(self, text: str) -> int:
        """The internalized string of a text, for good."""
        return self.strings.name(text)

    def boolean(self, value: bool) -> int:
        return self.true if value else self.false

    def bigint(self, value: int) -> int:
        """A BigInt. Raises HeapLimitError."""
        memory = self.memory
        size = (abs(value).bit_length() + 63) // 64
        word = memory.allocate_array(self._bigint_id, size, 8)
        at = word - memory.base + BIGINT_DIGITS
        memory.b[at : at + 8 * size] = abs(value).to_bytes(8 * size, "little")
        memory.i[word - memory.base + BIGINT_SIGN >> 2] = value < 0
        return word

    def bigint_of(self, word: int) -> int:
        """The integer of a BigInt."""
        memory = self.memory
        at = word - memory.base + BIGINT_DIGITS
        value = int.from_bytes(memory.b[at : at + 8 * memory.array_length(word)], "little")
        return -value if memory.i[word - memory.base + BIGINT_SIGN >> 2] else value

    def symbol(self, description: str | None, *, private: bool = False) -> int:
        """A new symbol; private: a private name, which only code that has it can use."""
        text = self.undefined if description is None else self.string(description)
        word = self.memory.allocate(self._symbol_id, SYMBOL_SIZE)
        self.memory.store(word, SYMBOL_DESCRIPTION, text)
        self.memory.store(word, SYMBOL_FLAGS, SYMBOL_PRIVATE if private else 0)
        return word

    def is_private(self, word: int) -> bool:
        """Is a key a private name?"""
        return self.is_symbol(word) and bool(self.memory.raw(word, SYMBOL_FLAGS) & SYMBOL_PRIVATE)

    def symbol_description(self, word: int) -> str | None:
        """A unit string."""
        found = self.memory.raw(word, SYMBOL_DESCRIPTION)
        return None if found == self.undefined else self.text(found)

    def _oddball(self, type_id: int, number: int, text: str) -> int:
        name = self.name(text)
        word = self.pin(self.memory.allocate(type_id, ODDBALL_SIZE))
        self.memory.store(word, ODDBALL_NUMBER, number)
        self.memory.store(word, ODDBALL_TEXT, name)
        return word

    def accessor_pair(self, get: int, set_: int) -> int:
        """An AccessorPair; get, set_: functions or undefined."""
        self.held += (get, set_)
        word = self.memory.allocate(self._accessor_id, ACCESSOR_SIZE)
        self.memory.store(word, ACCESSOR_GET, get)
        self.memory.store(word, ACCESSOR_SET, set_)
        return word

    def wrapped_value(self, word: int) -> int:
        """The primitive of a wrapper object."""
        return self.memory.load(word, WRAPPER_VALUE)


def same_value(iso: Values, a: int, b: int) -> bool:
    """SameValue (ECMA-262, 7.2.10)."""
    if a == b:
        return True
    if not a & 1 or not b & 1:
        return False
    kind = iso.kind(a)
    if kind == Kind.HEAP_NUMBER:
        return iso.is_number(b) and iso.memory.raw(a, NUMBER_VALUE) == iso.memory.raw(b, NUMBER_VALUE)
    if kind == Kind.BIGINT:
        return iso.is_bigint(b) and iso.bigint_of(a) == iso.bigint_of(b)
    return iso.is_string(a) and iso.is_string(b) and iso.text(a) == iso.text(b)
