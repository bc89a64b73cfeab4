"""eval (ECMA-262, section 19.2.1), where it is called as a function like any other."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Function, Group
from seaofnodes.javascript.objects.isolate import Isolate


def evaluate(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """The value of a program's last statement; what is no string is its own value."""
    source = argument(iso, arguments, 0)
    return iso.evaluate(iso.text(source)) if iso.is_string(source) else source


GROUPS = (Group("eval", constructor=Function(1, evaluate, constructs=False)),)
