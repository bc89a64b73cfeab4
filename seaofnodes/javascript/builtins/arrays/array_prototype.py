"""Array.prototype (ECMA-262, section 23.1.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arrays import (
    callbacks,
    changed_copies,
    flattening,
    in_place,
    iterators,
    joining,
    searching,
    slicing,
    sorting,
)
from seaofnodes.javascript.builtins.table import Constant, Group, Intrinsic
from seaofnodes.javascript.objects.factory import new_array, new_object
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.properties import create_data

_UNSCOPABLE = (
    *("at", "copyWithin", "entries", "fill", "find", "findIndex", "findLast", "findLastIndex", "flat", "flatMap"),
    *("includes", "keys", "toReversed", "toSorted", "toSpliced", "values"),
)


def _unscopables(iso: Isolate) -> int:
    """Section 23.1.3.41: what `with` does not see."""
    result = new_object(iso, iso.null)
    for name in _UNSCOPABLE:
        create_data(iso, result, iso.name(name), iso.true)
    return result


GROUPS = (
    Group(
        "ArrayPrototype",
        make=lambda iso, prototype: new_array(iso, [], prototype),
        entries=[
            Intrinsic("constructor", "Array"),
            *searching.METHODS,
            *slicing.METHODS,
            *in_place.METHODS,
            *sorting.METHODS,
            *joining.METHODS,
            *callbacks.METHODS,
            *flattening.METHODS,
            *changed_copies.METHODS,
            *iterators.METHODS,
            Intrinsic("values", "ArrayPrototypeValues"),
            Intrinsic("@@iterator", "ArrayPrototypeValues"),
            Constant("@@unscopables", _unscopables, configurable=True),
        ],
    ),
)
