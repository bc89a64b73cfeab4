"""What this room has."""

from seaofnodes.javascript.builtins.table import Contents, Intrinsic

CONTENTS = Contents(
    {
        "maps": ("Map", "MapPrototype"),
        "sets": ("Set", "SetPrototype"),
        "iterators": ("MapIteratorPrototype", "SetIteratorPrototype"),
        "weak_maps": ("WeakMap", "WeakMapPrototype"),
        "weak_sets": ("WeakSet", "WeakSetPrototype"),
    },
    (Intrinsic("Map"), Intrinsic("Set"), Intrinsic("WeakMap"), Intrinsic("WeakSet")),
)
