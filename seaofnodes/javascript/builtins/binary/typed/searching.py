"""Methods of typed arrays that look for an element, or make a text (ECMA-262, section 23.2.3)."""

from __future__ import annotations

import math

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.binary.typed.views import get, length_of, numbers_of, of_typed_array
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.methods.typed import element_type
from seaofnodes.javascript.objects.words import is_smi
from seaofnodes.javascript.operations.access import invoke
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity, to_text


@of_typed_array("at")
def at(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.at ( index )"""
    index = to_integer_or_infinity(iso, argument(iso, arguments, 0))
    index = index + length if index < 0 else index
    return get(iso, this, int(index)) if 0 <= index < length else iso.undefined


def _start(iso: Isolate, arguments: list[int], length: int) -> int:
    """Where a search to the right begins."""
    start = to_integer_or_infinity(iso, argument(iso, arguments, 1))
    return int(max(length + start, 0)) if start < 0 else int(min(start, length))


def _wanted(iso: Isolate, view: int, word: int) -> float | int | None:
    """A value as Python's number; None if no element of such an array is like it."""
    if element_type(iso, view).is_bigint:
        return iso.bigint_of(word) if not is_smi(word) and iso.kind(word) == Kind.BIGINT else None
    return iso.float_of(word) if iso.is_number(word) else None


@of_typed_array("includes")
def includes(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.includes ( searchElement [ , fromIndex ] )"""
    if not length:
        return iso.false
    start = _start(iso, arguments, length)
    word = argument(iso, arguments, 0)
    left = min(length_of(iso, this) or 0, length)
    if word == iso.undefined:
        return iso.boolean(max(start, left) < length)
    wanted = _wanted(iso, this, word)
    if wanted is None:
        return iso.false
    numbers = numbers_of(iso, this, left)[start:]
    if wanted != wanted:
        return iso.boolean(any(number != number for number in numbers))
    return iso.boolean(wanted in numbers)


@of_typed_array("indexOf")
def index_of(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.indexOf ( searchElement [ , fromIndex ] )"""
    if not length:
        return iso.number(-1)
    start = _start(iso, arguments, length)
    wanted = _wanted(iso, this, argument(iso, arguments, 0))
    if wanted is None:
        return iso.number(-1)
    try:
        return iso.number(numbers_of(iso, this, min(length_of(iso, this) or 0, length)).index(wanted, start))
    except ValueError:
        return iso.number(-1)


@of_typed_array("lastIndexOf")
def last_index_of(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.lastIndexOf ( searchElement [ , fromIndex ] )"""
    if not length:
        return iso.number(-1)
    start = to_integer_or_infinity(iso, arguments[1]) if len(arguments) > 1 else length - 1
    start = length + start if start < 0 else min(start, length - 1)
    wanted = _wanted(iso, this, argument(iso, arguments, 0))
    if wanted is None or start == -math.inf:
        return iso.number(-1)
    numbers = numbers_of(iso, this, min(length_of(iso, this) or 0, length))
    for i in range(min(int(start), len(numbers) - 1), -1, -1):
        if numbers[i] == wanted:
            return iso.number(i)
    return iso.number(-1)


@of_typed_array("join")
def join(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.join ( separator )"""
    separator = argument(iso, arguments, 0)
    between = "," if separator == iso.undefined else to_text(iso, separator)
    mark = len(iso.held)
    texts = []
    for i in range(length):
        element = get(iso, this, i)
        texts.append("" if element == iso.undefined else to_text(iso, element))
        del iso.held[mark:]
    return iso.string(between.join(texts))


@of_typed_array("toLocaleString")
def to_locale_string(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.toLocaleString ( )"""
    mark = len(iso.held)
    texts = []
    for i in range(length):
        element = get(iso, this, i)
        if element == iso.undefined:
            texts.append("")
        else:
            texts.append(to_text(iso, invoke(iso, element, iso.name("toLocaleString"), [])))
        del iso.held[mark:]
    return iso.string(",".join(texts))


SEARCHING = {
    method.name: method
    for method in (
        Method("at", 1, at),
        Method("includes", 1, includes),
        Method("indexOf", 1, index_of),
        Method("join", 1, join),
        Method("lastIndexOf", 1, last_index_of),
        Method("toLocaleString", 0, to_locale_string),
    )
}
