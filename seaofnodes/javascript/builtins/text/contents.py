"""What is in this room."""

from __future__ import annotations

from seaofnodes.javascript.builtins.table import Contents, Intrinsic

CONTENTS = Contents(
    files={
        "string_constructor": ("String",),
        "string_prototype": ("StringPrototype",),
        "string_iterator": ("StringIteratorPrototype",),
    },
    globals=(Intrinsic("String"),),
)
