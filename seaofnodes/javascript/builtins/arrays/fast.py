"""What is quick for arrays of the usual sort: their elements are no dictionary, and no object among their prototypes
has elements. Whatever is not so is said by None or False, and nothing has happened then.
"""

from __future__ import annotations

from math import nan
from typing import Final

from seaofnodes.javascript.objects import factory
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import ElementsKind, Kind
from seaofnodes.javascript.objects.layout import ELEMENTS, HOLE_NAN, OBJECT_ELEMENTS, WRITABLE
from seaofnodes.javascript.objects.methods import elements
from seaofnodes.javascript.objects.methods.arrays import write_length
from seaofnodes.javascript.objects.shapes import Shape
from seaofnodes.javascript.objects.words import MOST_LENGTH

_DOUBLES: Final = (ElementsKind.PACKED_DOUBLE, ElementsKind.HOLEY_DOUBLE)
_SMIS: Final = (ElementsKind.PACKED_SMI, ElementsKind.HOLEY_SMI)


def own_element(iso: Isolate, target: int, index: int) -> int | None:
    """An element that is the object's own and needs no getter; None does not mean that there is none."""
    shape = iso.shape(target)
    if shape.elements_kind == ElementsKind.DICTIONARY or not shape.plain_elements:
        return None
    return elements.load(iso, target, shape, index)


def is_absent(iso: Isolate, target: int, index: int) -> bool:
    """Is there no such element, where `own_element` has found none, and in no prototype? False: that is not known."""
    shape = iso.shape(target)
    if not shape.plain_elements or index >= MOST_LENGTH:
        return False
    if shape.elements_kind == ElementsKind.DICTIONARY and index in shape.indices:
        return False
    return _prototypes_are_bare(iso, shape)


def _plain(iso: Isolate, array: int) -> Shape | None:
    """The shape of an array whose elements can be read without looking elsewhere."""
    if not array & 1:
        return None
    shape = iso.shape(array)
    if shape.kind != Kind.JS_ARRAY or shape.elements_kind == ElementsKind.DICTIONARY:
        return None
    return shape if _prototypes_are_bare(iso, shape) else None


def _prototypes_are_bare(iso: Isolate, shape: Shape) -> bool:
    """Has no prototype of an object an element?"""
    above, null = shape.prototype, iso.null
    q, base, empty, shape_of = iso.q, iso.base, iso.empty_array, iso.shape
    while above != null:
        holder = shape_of(above)
        if not holder.plain_elements or q[above - base + OBJECT_ELEMENTS >> 3] != empty:
            return False
        above = holder.prototype
    return True


def _changeable(iso: Isolate, array: int) -> Shape | None:
    """The same of an array whose elements and length can be changed, too."""
    shape = _plain(iso, array)
    if shape is None or not shape.extensible or not shape.table[iso.length_key][1] & WRITABLE:
        return None
    return shape


def length(iso: Isolate, array: int) -> int:
    """The length of what is an array; -1 if it is none."""
    return elements.array_length(iso, array) if iso.kind(array) == Kind.JS_ARRAY else -1


def _room(iso: Isolate, array: int) -> int:
    """How many elements the heap's array has room for."""
    return iso.memory.array_length(iso.q[array - iso.base + OBJECT_ELEMENTS >> 3])


def _start(iso: Isolate, array: int) -> int:
    """The index in the heap's bytes of the first element."""
    return iso.q[array - iso.base + OBJECT_ELEMENTS >> 3] - iso.base + ELEMENTS


def push(iso: Isolate, array: int, words: list[int]) -> int | None:
    """Append elements; the new length."""
    if _changeable(iso, array) is None:
        return None
    count = elements.array_length(iso, array)
    if count + len(words) > MOST_LENGTH:
        return None
    for word in words:
        elements.store(iso, array, count, word)
        count += 1
        write_length(iso, array, count)
    return count


def pop(iso: Isolate, array: int) -> int | None:
    """Remove the last element; it, or undefined."""
    shape = _changeable(iso, array)
    if shape is None:
        return None
    last = elements.array_length(iso, array) - 1
    if last < 0:
        return iso.undefined
    value = elements.load(iso, array, shape, last)
    elements.truncate(iso, array, last)
    write_length(iso, array, last)
    return iso.undefined if value is None else value


def shift(iso: Isolate, array: int) -> int | None:
    """Remove the first element; it, or undefined."""
    shape = _changeable(iso, array)
    if shape is None:
        return None
    count = elements.array_length(iso, array)
    if count == 0:
        return iso.undefined
    value = elements.load(iso, array, shape, 0)
    if not splice(iso, array, 0, 1, []):
        return None
    return iso.undefined if value is None else value


def splice(iso: Isolate, array: int, start: int, removed: int, items: list[int]) -> bool:
    """Put elements in the place of others."""
    if _changeable(iso, array) is None:
        return False
    before = elements.array_length(iso, array)
    after = before + len(items) - removed
    if after > MOST_LENGTH or _room(iso, array) < before:
        return False
    if after > before:
        elements.reserve(iso, array, after)
        write_length(iso, array, after)
    at = _start(iso, array)
    source, target = at + 8 * (start + removed), at + 8 * (start + len(items))
    size = 8 * (before - start - removed)
    b = iso.memory.b
    b[target : target + size] = b[source : source + size]
    if after < before:
        elements.truncate(iso, array, after)
        write_length(iso, array, after)
    for index, word in enumerate(items, start):
        elements.store(iso, array, index, word)
    return True


def _doubles(iso: Isolate, at: int, count: int) -> list[float]:
    found: list[float] = iso.memory.d[at : at + count].tolist()  # type: ignore[assignment]  # mypy: of integers
    return found


def packed(iso: Isolate, array: int) -> list[int] | None:
    """All elements of an array without holes; they are held."""
    shape = _plain(iso, array)
    if shape is None:
        return None
    count = elements.array_length(iso, array)
    if _room(iso, array) < count:
        return None
    at = _start(iso, array) >> 3
    words = iso.q[at : at + count].tolist()
    if shape.elements_kind in _DOUBLES:
        if HOLE_NAN in words:
            return None
        return [iso.number(value) for value in _doubles(iso, at, count)]
    if iso.hole in words:
        return None
    if shape.elements_kind not in _SMIS:
        iso.held += words
    return words


def copy_range(iso: Isolate, array: int, start: int, count: int) -> int | None:
    """A new array with some of the elements."""
    shape = _plain(iso, array)
    if shape is None or _room(iso, array) < start + count:
        return None
    result = factory.new_array(iso, [])
    if count == 0:
        return result
    kind = shape.elements_kind
    made = elements.new_doubles(iso, count) if kind in _DOUBLES else elements.new_words(iso, count)
    to, source = made - iso.base + ELEMENTS, _start(iso, array) + 8 * start
    b = iso.memory.b
    b[to : to + 8 * count] = b[source : source + 8 * count]
    elements.set_kind(iso, result, kind)
    iso.q[result - iso.base + OBJECT_ELEMENTS >> 3] = made
    write_length(iso, result, count)
    return result


def write_back(iso: Isolate, array: int, words: list[int]) -> bool:
    """Assign the first elements of an array that has as many; the words come from an array."""
    shape = _changeable(iso, array)
    if shape is None or min(elements.array_length(iso, array), _room(iso, array)) < len(words):
        return False
    kind = shape.elements_kind
    if kind in _DOUBLES or (kind in _SMIS and any(word & 1 for word in words)):
        return False
    iso.memory.fill(iso.q[array - iso.base + OBJECT_ELEMENTS >> 3], 0, words)
    return True


def index_of(iso: Isolate, array: int, wanted: int, start: int) -> int | None:
    """The first index, from one on, of an element that is strictly equal to a value; -1: there is none."""
    shape = _plain(iso, array)
    if shape is None:
        return None
    count = min(elements.array_length(iso, array), _room(iso, array))
    at = _start(iso, array) >> 3
    kind = shape.elements_kind
    try:
        if kind in _DOUBLES:
            number = iso.float_of(wanted) if iso.is_number(wanted) else nan
            return _doubles(iso, at, count).index(number, start) if number == number else -1
        if iso.is_number(wanted):
            if wanted & 1 or kind not in _SMIS:
                return None
        elif iso.is_string(wanted) or iso.is_bigint(wanted):
            return None
        return iso.q[at : at + count].tolist().index(wanted, start)
    except ValueError:
        return -1
