"""What is in this room."""

from __future__ import annotations

from seaofnodes.javascript.builtins.table import Contents, Intrinsic

CONTENTS = Contents(
    files={
        "iterator_constructor": ("Iterator", "WrapForValidIteratorPrototype"),
        "iterator_prototype": ("IteratorPrototype",),
        "helpers": ("IteratorHelperPrototype",),
    },
    globals=(Intrinsic("Iterator"),),
)
