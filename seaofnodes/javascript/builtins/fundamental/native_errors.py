"""EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError (ECMA-262, section 20.5.6)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.fundamental.errors import error_constructor, error_prototype
from seaofnodes.javascript.builtins.table import Function, Group, prototype_property


def _groups(name: str) -> tuple[Group, Group]:
    prototype = f"{name}Prototype"
    function = Function(1, error_constructor(name))
    return (
        Group(name, prototype="Error", constructor=function, entries=[prototype_property(prototype)]),
        Group(prototype, prototype="ErrorPrototype", entries=error_prototype(name)),
    )


GROUPS = tuple(
    group
    for name in ("EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError")
    for group in _groups(name)
)
