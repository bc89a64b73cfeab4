"""What this room has."""

from seaofnodes.javascript.builtins.table import Contents, Intrinsic

_KINDS = (
    "Int8", "Uint8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32", "BigInt64", "BigUint64", "Float16",
    "Float32", "Float64",
)  # fmt: skip

CONTENTS = Contents(
    {
        "array_buffers": ("ArrayBuffer", "ArrayBufferPrototype"),
        "data_views": ("DataView", "DataViewPrototype"),
        "typed.abstract": ("TypedArray",),
        "typed.prototype": ("TypedArrayPrototype",),
        "typed.constructors": tuple(name for kind in _KINDS for name in (f"{kind}Array", f"{kind}ArrayPrototype")),
    },
    (
        Intrinsic("ArrayBuffer"),
        Intrinsic("DataView"),
        *(Intrinsic(f"{kind}Array") for kind in _KINDS),
    ),
)
