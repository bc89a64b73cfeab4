"""What is in this room."""

from __future__ import annotations

from math import inf, nan

from seaofnodes.javascript.builtins.table import Constant, Contents, Intrinsic

_NATIVE_ERRORS = ("EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError")
_FUNCTIONS = (
    *("eval", "parseFloat", "parseInt", "isNaN", "isFinite"),
    *("decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape", "unescape"),
)

CONTENTS = Contents(
    files={
        "object_constructor": ("Object",),
        "object_prototype": ("ObjectPrototype",),
        "functions": ("Function", "FunctionPrototype", "ThrowTypeError"),
        "booleans": ("Boolean", "BooleanPrototype"),
        "symbols": ("Symbol", "SymbolPrototype"),
        "errors": ("Error", "ErrorPrototype", "AggregateError", "AggregateErrorPrototype"),
        "native_errors": tuple(name + suffix for name in _NATIVE_ERRORS for suffix in ("", "Prototype")),
        "number_parsing": ("parseFloat", "parseInt", "isNaN", "isFinite"),
        "uri": ("decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent"),
        "reflect": ("Reflect",),
        "evaluation": ("eval",),
        "escaping": ("escape", "unescape"),
    },
    globals=(
        Constant("globalThis", lambda iso: iso.realm.global_object, writable=True, configurable=True),
        Constant("Infinity", inf),
        Constant("NaN", nan),
        Constant("undefined", None),
        *(Intrinsic(name) for name in ("Object", "Function", "Boolean", "Symbol", "Error", "AggregateError")),
        Intrinsic("Reflect"),
        *(Intrinsic(name) for name in _NATIVE_ERRORS),
        *(Intrinsic(name) for name in _FUNCTIONS),
    ),
)
