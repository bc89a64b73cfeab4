"""sort (ECMA-262, sections 23.1.3.30 and 7.3.37)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays import fast
from seaofnodes.javascript.builtins.arrays.access import element_or_none, index_key, set_element
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_float, to_object, to_text
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.objects import delete_or_throw, length_of_array_like
from seaofnodes.javascript.operations.sorting import stable_sort


def comparator_argument(iso: Isolate, arguments: list[int]) -> int:
    """The first argument. Throws a TypeError if it is neither undefined nor a function."""
    comparator = argument(iso, arguments, 0)
    if comparator != iso.undefined and not iso.is_callable(comparator):
        type_error(iso, f"The comparison function must be either a function or undefined: {describe(iso, comparator)}")
    return comparator


def sort_words(iso: Isolate, words: list[int], comparator: int) -> list[int]:
    """The words, which must be held, in order (stable); without a comparator in the order of their strings."""
    undefined = iso.undefined
    values = [word for word in words if word != undefined]
    mark = len(iso.held)
    if comparator == undefined:
        values = _by_text(iso, values)
    else:

        def compare(a: int, b: int) -> int:
            order = to_float(iso, iso.call(comparator, undefined, [a, b]))
            del iso.held[mark:]
            return -1 if order < 0 else int(order > 0)

        stable_sort(values, compare)
    return values + [undefined] * (len(words) - len(values))


def _by_text(iso: Isolate, values: list[int]) -> list[int]:
    mark = len(iso.held)
    texts = []
    for word in values:
        texts.append(to_text(iso, word))
        del iso.held[mark:]
    order = sorted(range(len(values)), key=texts.__getitem__)
    return [values[index] for index in order]


def sort(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.30: holes come last, undefined before them."""
    comparator = comparator_argument(iso, arguments)
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    held = iso.held
    words: list[int] = []
    for index in range(length):
        mark = len(held)
        value = element_or_none(iso, target, index)
        del held[mark:]
        if value is not None:
            held.append(value)
            words.append(value)
    mark = len(held)
    ordered = sort_words(iso, words, comparator)
    if not fast.write_back(iso, target, ordered):
        for index, word in enumerate(ordered):
            set_element(iso, target, index, word)
            del held[mark:]
    for index in range(len(words), length):
        delete_or_throw(iso, target, index_key(iso, index))
        del held[mark:]
    return target


METHODS = (Method("sort", 1, sort),)
