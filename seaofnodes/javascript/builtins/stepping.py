"""The method `next` of the library's iterators."""

from __future__ import annotations

from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.functions import Step
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.iterators import create_iter_result


def next_method(step: Step) -> Method:
    """From what gives the next value, or None at the end. Loops of Python call that at once (iterator_step)."""

    def code(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        value = step(iso, this)
        return create_iter_result(iso, iso.undefined if value is None else value, value is None)

    return Method("next", 0, code, step=step)
