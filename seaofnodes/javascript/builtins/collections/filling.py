"""Constructors of collections (ECMA-262, sections 24.1.1.1, 24.2.2.1, 24.3.1.1, 24.4.1.1)."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Builtin
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.iterators import iterate
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor


def constructor(name: str, make: Callable[[Isolate, int], int], adder: str, *, pairs: bool) -> Builtin:
    """The constructor of a collection. make: from the prototype; adder: the method that adds an entry; pairs: of a key
    and a value?
    """

    def code(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        if new_target == iso.undefined:
            type_error(iso, f"Constructor {name} requires 'new'")
        found = make(iso, get_prototype_from_constructor(iso, new_target, f"{name}Prototype"))
        iterable = argument(iso, arguments, 0)
        if iterable != iso.undefined and iterable != iso.null:
            _fill(iso, found, iterable, adder, pairs)
        return found

    return code


def _fill(iso: Isolate, target: int, iterable: int, adder: str, pairs: bool) -> None:
    add = properties.get(iso, target, iso.name(adder))
    if not iso.is_callable(add):
        type_error(
            iso,
            f"'{describe(iso, add)}' returned for property '{adder}' of object '{describe(iso, target)}' "
            "is not a function",
        )
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
