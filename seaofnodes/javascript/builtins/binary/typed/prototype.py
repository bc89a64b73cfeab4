"""%TypedArray%.prototype (ECMA-262, section 23.2.3)."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.builtins.binary.typed.accessors import GETTERS, ITERATORS, get_tag
from seaofnodes.javascript.builtins.binary.typed.changing import CHANGING
from seaofnodes.javascript.builtins.binary.typed.copying import COPYING
from seaofnodes.javascript.builtins.binary.typed.iterating import ITERATING
from seaofnodes.javascript.builtins.binary.typed.searching import SEARCHING
from seaofnodes.javascript.builtins.table import Alias, Constant, Getter, Group, Intrinsic
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate

_METHODS: Final = SEARCHING | CHANGING | ITERATING | COPYING
_ORDER: Final = (  # V8's
    "at copyWithin every fill filter find findIndex findLast findLastIndex forEach includes indexOf join lastIndexOf"
    " map reverse reduce reduceRight set slice some sort subarray toReversed toSorted with toLocaleString"
).split()


def _array_to_string(iso: Isolate) -> int:
    """The function that Array.prototype has, too."""
    return properties.get(iso, iso.realm.intrinsic("ArrayPrototype"), iso.name("toString"))


GROUPS = (
    Group(
        "TypedArrayPrototype",
        entries=(
            Intrinsic("constructor", "TypedArray"),
            *GETTERS,
            *ITERATORS,
            *(_METHODS[name] for name in _ORDER),
            Constant("toString", _array_to_string, writable=True, configurable=True),
            Getter("@@to_string_tag", get_tag),
            Alias("@@iterator", of="values"),
        ),
    ),
)
