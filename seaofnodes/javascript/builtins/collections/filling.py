"""Constructors of collections (ECMA-262, sections 24.1.1.1, 24.2.2.1, 24.3.1.1, 24.4.1.1)."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.fast import packed
from seaofnodes.javascript.builtins.arrays.iterators import plain_values
from seaofnodes.javascript.builtins.table import Builtin
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.errors import data_of, describe, type_error
from seaofnodes.javascript.operations.iterators import iterate
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor


def constructor(
    name: str, make: Callable[[Isolate, int], int], adder: str, original: Builtin, *, pairs: bool
) -> Builtin:
    """The constructor of a collection. make: from the prototype; adder: the method that adds an entry, which is at
    first `original`; pairs: of a key and a value?
    """

    def code(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        if new_target == iso.undefined:
            type_error(iso, f"Constructor {name} requires 'new'")
        found = make(iso, get_prototype_from_constructor(iso, new_target, f"{name}Prototype"))
        iterable = argument(iso, arguments, 0)
        if iterable != iso.undefined and iterable != iso.null:
            _fill(iso, found, iterable, adder, original, pairs)
        return found

    return code


def _fill(iso: Isolate, target: int, iterable: int, adder: str, original: Builtin, pairs: bool) -> None:
    add = properties.get(iso, target, iso.name(adder))
    if not iso.is_callable(add):
        type_error(
            iso,
            f"'{describe(iso, add)}' returned for property '{adder}' of object '{describe(iso, target)}' "
            "is not a function",
        )
    if iso.kind(add) == Kind.JS_FUNCTION and iso.shared_of(add).builtin is original:
        entries = _plain_entries(iso, iterable, pairs)
        if entries is not None:
            mark = len(iso.held)
            for entry in entries:
                original(iso, target, entry, iso.undefined)
                del iso.held[mark:]
            return
    with iterate(iso, iterable) as values:
        mark = len(iso.held)
        for item in values:
            arguments = [item]
            if pairs:
                if not iso.is_object(item):
                    type_error(iso, f"Iterator value {describe(iso, item)} is not an entry object")
                key = properties.get(iso, item, ~0)
                arguments = [key, properties.get(iso, item, ~1)]
            iso.call(add, target, arguments)
            del iso.held[mark:]


def _plain_entries(iso: Isolate, iterable: int, pairs: bool) -> list[list[int]] | None:
    """The arguments of all calls of the adder, where no code of the program could see how they are found: in an array
    without holes, for pairs one of such arrays. They are held.
    """
    if iso.kind(iterable) != Kind.JS_ARRAY:
        return None
    method = data_of(iso, iterable, iso.symbols.iterator)
    values = None if method is None else plain_values(iso, iterable, method)
    if values is None:
        return None
    if not pairs:
        return [[value] for value in values]
    entries = []
    for value in values:
        entry = packed(iso, value)
        if entry is None or len(entry) < 2:
            return None
        entries.append(entry[:2])
    return entries
