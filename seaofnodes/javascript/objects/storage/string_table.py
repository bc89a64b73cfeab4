"""Strings on the heap: making them, reading them, and one of each text for names."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Final

from seaofnodes.backend.layout import ARRAY_ELEMENTS, OBJECT_STATE, TYPE_ARRAY, TYPE_STRUCT
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import (
    CONS_FIRST,
    CONS_SECOND,
    ROPE_SIZE,
    SLICED_OFFSET,
    SLICED_PARENT,
    STRING_LENGTH,
    STRING_UNITS,
)
from seaofnodes.javascript.objects.storage.memory import Memory
from seaofnodes.javascript.objects.words import smi, smi_value

MOST_UNITS: Final = (1 << 29) - 24  # of a string, as in V8


class StringTable:
    """Texts in Python are unit strings: each character is a code unit of UTF-16.

    Attributes: one_byte, two_byte, internal_one_byte, internal_two_byte, cons, sliced: ids of types; empty: the word.
    """

    def __init__(self, memory: Memory, define: Callable[[Kind, int, int, tuple[int, ...]], int]) -> None:
        """define: makes a type known, as (kind, form, size, references) of a TypeRecord, and gives its id."""
        self._memory = memory
        self._names: dict[str, int] = {}  # pinned
        self._table: dict[str, int] = {}  # other internalized strings
        self._texts: dict[int, str] = {}  # of internalized strings

        def flat(kind: Kind, width: int) -> int:
            return define(kind, TYPE_ARRAY, width, ())

        self.one_byte = flat(Kind.SEQ_ONE_BYTE, 1)
        self.two_byte = flat(Kind.SEQ_TWO_BYTE, 2)
        self.internal_one_byte = flat(Kind.INTERNALIZED_ONE_BYTE, 1)
        self.internal_two_byte = flat(Kind.INTERNALIZED_TWO_BYTE, 2)
        self.cons = define(Kind.CONS, TYPE_STRUCT, ROPE_SIZE, (CONS_FIRST, CONS_SECOND))
        self.sliced = define(Kind.SLICED, TYPE_STRUCT, ROPE_SIZE, (SLICED_PARENT, SLICED_OFFSET))
        memory.heap.collected.append(self._sweep)
        memory.heap.roots.add(self._names.values)
        self.empty = self.name("")

    def make(self, text: str) -> int:
        """A new flat string. Raises HeapLimitError."""
        memory = self._memory
        length = len(text)
        try:
            data = text.encode("latin-1")
        except UnicodeEncodeError:
            data = text.encode("utf-16-le", "surrogatepass")
            word = memory.allocate_array(self.two_byte, length, 2)
        else:
            word = memory.allocate_array(self.one_byte, length, 1)
        at = word - memory.base + STRING_UNITS
        memory.b[at : at + len(data)] = data
        return word

    def text(self, word: int) -> str:
        """The units of any string; a rope becomes flat."""
        found = self._texts.get(word)
        if found is not None:
            return found
        memory = self._memory
        at = word - memory.base
        kind = memory.i[at >> 2]
        length = memory.i[at + STRING_LENGTH >> 2]
        if kind == self.one_byte:
            at += ARRAY_ELEMENTS
            return str(memory.b[at : at + length], "latin-1")
        if kind == self.two_byte:
            at = at + ARRAY_ELEMENTS >> 1
            return units_to_text(memory.h[at : at + length])
        if kind == self.cons:
            return self._flatten(word)
        start = smi_value(memory.raw(word, SLICED_OFFSET))
        return self.text(memory.raw(word, SLICED_PARENT))[start : start + length]

    def _flatten(self, word: int) -> str:
        """Let the first part of a rope be all of it; its text."""
        memory = self._memory
        second = memory.raw(word, CONS_SECOND)
        if second == self.empty:
            return self.text(memory.raw(word, CONS_FIRST))
        parts: list[str] = []
        todo = [word]
        while todo:
            part = todo.pop()
            if memory.type_id(part) == self.cons and memory.raw(part, CONS_SECOND) != self.empty:
                todo.append(memory.raw(part, CONS_SECOND))
                todo.append(memory.raw(part, CONS_FIRST))
            else:
                parts.append(self.text(part))
        text = "".join(parts)
        memory.held.append(word)
        flat = self.make(text)
        memory.store(word, CONS_FIRST, flat)
        memory.store(word, CONS_SECOND, self.empty)
        return text

    def join(self, first: int, second: int, length: int) -> int:
        """A rope of two strings that are not empty, with so many units together."""
        memory = self._memory
        memory.held += (first, second)
        word = memory.allocate(self.cons, ROPE_SIZE)
        memory.i[word - memory.base + STRING_LENGTH >> 2] = length
        memory.store(word, CONS_FIRST, first)
        memory.store(word, CONS_SECOND, second)
        return word

    def slice(self, parent: int, start: int, length: int) -> int:
        """A part of a flat string, which it keeps alive."""
        memory = self._memory
        memory.held.append(parent)
        word = memory.allocate(self.sliced, ROPE_SIZE)
        memory.i[word - memory.base + STRING_LENGTH >> 2] = length
        memory.store(word, SLICED_PARENT, parent)
        memory.store(word, SLICED_OFFSET, smi(start))
        return word

    # Internalized strings.

    def name(self, text: str) -> int:
        """The internalized string, which is kept for good."""
        found = self._names.get(text)
        if found is None:
            found = self._names[text] = self.internalize(text)
            self._table.pop(text, None)
        return found

    def find(self, text: str) -> int | None:
        """The internalized string, if there is one."""
        return self._names.get(text) or self._table.get(text)

    def internalize(self, text: str) -> int:
        """The internalized string of a text."""
        found = self.find(text)
        if found is None:
            found = self.make(text)
            self._enter(found, text)
        else:
            self._memory.held.append(found)
        return found

    def internalize_word(self, word: int) -> int:
        """The internalized string of the same text; this one becomes it if it is flat and the first."""
        if word in self._texts:
            return word
        text = self.text(word)
        if self._memory.type_id(word) in (self.one_byte, self.two_byte) and self.find(text) is None:
            self._enter(word, text)
            return word
        return self.internalize(text)

    def _enter(self, word: int, text: str) -> None:
        memory = self._memory
        made = self.internal_one_byte if memory.type_id(word) == self.one_byte else self.internal_two_byte
        memory.change_type(word, made)
        self._table[text] = word
        self._texts[word] = text

    def is_internalized(self, word: int) -> bool:
        return word in self._texts

    def _sweep(self) -> None:
        """Let those go that nothing but the table has."""
        memory = self._memory
        state, b = memory.heap.kept_state, memory.b
        at = OBJECT_STATE - memory.base
        for word in [word for word in self._table.values() if b[word + at] != state]:
            del self._table[self._texts.pop(word)]


def units_to_text(units: memoryview) -> str:
    """A unit string of code units of 16 bits; surrogates stay apart."""
    return array("I", units.tolist()).tobytes().decode("utf-32-le", "surrogatepass")
