"""Operations on strings, and the keys of properties that they are."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import INTERNALIZED, Kind
from seaofnodes.javascript.objects.layout import (
    CONS_FIRST,
    CONS_SECOND,
    SLICED_OFFSET,
    SLICED_PARENT,
    STRING_HASH,
    STRING_LENGTH,
    STRING_UNITS,
)
from seaofnodes.javascript.objects.storage.string_table import MOST_UNITS
from seaofnodes.javascript.objects.words import MOST_LENGTH, Key, smi_value

LEAST_ROPE: Final = 13  # units, as in V8
LEAST_SLICE: Final = 13


def length(iso: Isolate, word: int) -> int:
    """Code units."""
    return iso.i[word - iso.base + STRING_LENGTH >> 2]


def unit_at(iso: Isolate, word: int, index: int) -> int:
    """The code unit at an index, which is in range."""
    memory, strings = iso.memory, iso.strings
    kind = memory.type_id(word)
    if kind == strings.cons:
        word = flatten(iso, word)
        kind = memory.type_id(word)
    if kind == strings.sliced:
        index += smi_value(memory.raw(word, SLICED_OFFSET))
        word = memory.raw(word, SLICED_PARENT)
        kind = memory.type_id(word)
    at = word - iso.base + STRING_UNITS
    if kind == strings.one_byte or kind == strings.internal_one_byte:
        return memory.b[at + index]
    return memory.h[(at >> 1) + index]


def flatten(iso: Isolate, word: int) -> int:
    """The same string, flat or a slice of a flat one."""
    memory, strings = iso.memory, iso.strings
    if memory.type_id(word) != strings.cons:
        return word
    if memory.raw(word, CONS_SECOND) != strings.empty:
        strings.text(word)
    return memory.load(word, CONS_FIRST)


def concat(iso: Isolate, a: int, b: int) -> int:
    """The two strings, one after the other. Raises Throw where that is too long."""
    first, second = length(iso, a), length(iso, b)
    if not first:
        return b
    if not second:
        return a
    total = first + second
    if total < LEAST_ROPE:
        return iso.string(iso.text(a) + iso.text(b))
    if total > MOST_UNITS:
        iso.throw("RangeError", "Invalid string length")
    return iso.strings.join(a, b, total)


def substring(iso: Isolate, word: int, start: int, end: int) -> int:
    """The units from one index to before another; both are in range."""
    if start == 0 and end == length(iso, word):
        return word
    if end - start < LEAST_SLICE:
        return iso.string(iso.text(word)[start:end])
    word = flatten(iso, word)
    if iso.memory.type_id(word) == iso.strings.sliced:
        start += smi_value(iso.memory.raw(word, SLICED_OFFSET))
        end += smi_value(iso.memory.raw(word, SLICED_OFFSET))
        word = iso.memory.raw(word, SLICED_PARENT)
    return iso.strings.slice(word, start, end - start)


def equal(iso: Isolate, a: int, b: int) -> bool:
    """Have two strings the same units?"""
    if a == b:
        return True
    if length(iso, a) != length(iso, b) or (iso.kind(a) in INTERNALIZED and iso.kind(b) in INTERNALIZED):
        return False
    return iso.text(a) == iso.text(b)


def compare(iso: Isolate, a: int, b: int) -> int:
    """Less than 0, 0, or more: by code units."""
    first, second = iso.text(a), iso.text(b)
    return (first > second) - (first < second)


def hash_of(iso: Isolate, word: int) -> int:
    """The hash of a string's units, 32 bits, never 0: CRC-32 of them in one byte each if that is enough, else in two.
    The string keeps it.
    """
    at = word - iso.base + STRING_HASH >> 2
    found = iso.i[at]
    if not found:
        text = iso.text(word)
        try:
            data = text.encode("latin-1")
        except UnicodeEncodeError:
            data = text.encode("utf-16-le", "surrogatepass")
        found = iso.i[at] = crc32(data) or 1
    return found


def internalize(iso: Isolate, word: int) -> int:
    """The internalized string with the same units."""
    return iso.strings.internalize_word(word)


# Keys.


def array_index(text: str) -> int | None:
    """The array index that a text is the canonical form of."""
    if len(text) > 10 or not text.isascii() or not text.isdigit() or (text[0] == "0" and len(text) > 1):
        return None
    value = int(text)
    return value if value < MOST_LENGTH else None


def key_of_text(iso: Isolate, text: str) -> Key:
    """The key of a property; a new name is held."""
    index = array_index(text) if text and text[0] <= "9" else None
    return iso.strings.internalize(text) if index is None else ~index


def key_of_string(iso: Isolate, word: int) -> Key:
    """The key that a string is."""
    text = iso.text(word)
    index = array_index(text) if text and text[0] <= "9" else None
    return iso.strings.internalize_word(word) if index is None else ~index


def key_of_index(iso: Isolate, index: int) -> Key:
    """The key of an integer from 0 on, which may be beyond the array indices."""
    return ~index if index < MOST_LENGTH else key_of_text(iso, str(index))


def key_word(iso: Isolate, key: Key) -> int:
    """The string or symbol that programs see."""
    return key if key >= 0 else iso.string(str(~key))


def key_text(iso: Isolate, key: Key) -> str:
    """A key in messages: a unit string."""
    if key < 0:
        return str(~key)
    return f"Symbol({iso.symbol_description(key) or ''})" if iso.kind(key) == Kind.SYMBOL else iso.text(key)
