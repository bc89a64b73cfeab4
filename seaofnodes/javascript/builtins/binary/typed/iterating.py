"""Methods of typed arrays that call a function for elements (ECMA-262, section 23.2.3)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.binary.typed.views import create_species, get, need_callable, of_typed_array
from seaofnodes.javascript.builtins.table import Builtin, Method
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.methods.typed import element_type, set_element
from seaofnodes.javascript.operations.conversions import to_boolean
from seaofnodes.javascript.operations.errors import type_error


def _calls(iso: Isolate, this: int, arguments: list[int], indices: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Index, element, and what the function of the arguments says to it. What a step has put into `held` goes with the
    next one.
    """
    function, receiver = need_callable(iso, argument(iso, arguments, 0)), argument(iso, arguments, 1)
    mark = len(iso.held)
    for i in indices:
        element = get(iso, this, i)
        yield i, element, iso.call(function, receiver, [element, iso.number(i), this])
        del iso.held[mark:]


@of_typed_array("every")
def every(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.every ( callback [ , thisArg ] )"""
    calls = _calls(iso, this, arguments, range(length))
    return iso.boolean(all(to_boolean(iso, found) for _, _, found in calls))


@of_typed_array("some")
def some(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.some ( callback [ , thisArg ] )"""
    calls = _calls(iso, this, arguments, range(length))
    return iso.boolean(any(to_boolean(iso, found) for _, _, found in calls))


@of_typed_array("forEach")
def for_each(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.forEach ( callback [ , thisArg ] )"""
    for _ in _calls(iso, this, arguments, range(length)):
        pass
    return iso.undefined


@of_typed_array("map")
def map_elements(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.map ( callback [ , thisArg ] )"""
    need_callable(iso, argument(iso, arguments, 0))
    made = create_species(iso, this, [iso.number(length)], "map")
    for i, _, found in _calls(iso, this, arguments, range(length)):
        set_element(iso, made, i, found)
    return made


@of_typed_array("filter")
def filter_elements(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.filter ( callback [ , thisArg ] )"""
    kept: list[float | int] = []
    bigints = element_type(iso, this).is_bigint
    for _, element, found in _calls(iso, this, arguments, range(length)):
        if to_boolean(iso, found):
            kept.append(iso.bigint_of(element) if bigints else _number(iso, element))
    made = create_species(iso, this, [iso.number(len(kept))], "filter")
    for i, number in enumerate(kept):
        set_element(iso, made, i, iso.bigint(int(number)) if bigints else iso.number(number))
    return made


def _number(iso: Isolate, element: int) -> float:
    """NaN for undefined, which an element is that has gone meanwhile."""
    return math.nan if element == iso.undefined else iso.float_of(element)


def _finder(name: str, *, last: bool, index: bool) -> Builtin:
    @of_typed_array(name)
    def code(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
        indices = range(length - 1, -1, -1) if last else range(length)
        for i, element, found in _calls(iso, this, arguments, indices):
            if to_boolean(iso, found):
                return iso.number(i) if index else element
        return iso.number(-1) if index else iso.undefined

    return code


def _reducer(name: str, *, last: bool) -> Builtin:
    @of_typed_array(name)
    def code(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
        function = need_callable(iso, argument(iso, arguments, 0))
        indices = iter(range(length - 1, -1, -1) if last else range(length))
        if len(arguments) > 1:
            found = arguments[1]
        else:
            first = next(indices, None)
            if first is None:
                type_error(iso, "Reduce of empty array with no initial value")
            found = get(iso, this, first)
        mark = len(iso.held)
        for i in indices:
            found = iso.call(function, iso.undefined, [found, get(iso, this, i), iso.number(i), this])
            del iso.held[mark:]
            iso.held.append(found)
        return found

    return code


ITERATING = {
    method.name: method
    for method in (
        Method("every", 1, every),
        Method("filter", 1, filter_elements),
        Method("find", 1, _finder("find", last=False, index=False)),
        Method("findIndex", 1, _finder("findIndex", last=False, index=True)),
        Method("findLast", 1, _finder("findLast", last=True, index=False)),
        Method("findLastIndex", 1, _finder("findLastIndex", last=True, index=True)),
        Method("forEach", 1, for_each),
        Method("map", 1, map_elements),
        Method("reduce", 1, _reducer("reduce", last=False)),
        Method("reduceRight", 1, _reducer("reduceRight", last=True)),
        Method("some", 1, some),
    )
}
