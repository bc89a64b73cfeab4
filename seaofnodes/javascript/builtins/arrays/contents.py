"""What is in this room."""

from __future__ import annotations

from seaofnodes.javascript.builtins.table import Contents, Intrinsic

CONTENTS = Contents(
    files={
        "array_constructor": ("Array",),
        "array_prototype": ("ArrayPrototype",),
        "iterators": ("ArrayIteratorPrototype", "ArrayPrototypeValues"),
    },
    globals=(Intrinsic("Array"),),
)
