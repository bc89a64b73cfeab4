"""What is in this room."""

from __future__ import annotations

from seaofnodes.javascript.builtins.table import Contents, Intrinsic

CONTENTS = Contents(
    files={
        "number_constructor": ("Number",),
        "number_prototype": ("NumberPrototype",),
        "math_object": ("Math",),
        "bigints": ("BigInt", "BigIntPrototype"),
    },
    globals=(Intrinsic("Number"), Intrinsic("BigInt"), Intrinsic("Math")),
)
