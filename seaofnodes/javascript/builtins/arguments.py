"""What a builtin was called with."""

from __future__ import annotations

from seaofnodes.javascript.objects.isolate import Isolate


def argument(iso: Isolate, arguments: list[int], index: int) -> int:
    """The argument at an index; undefined if it was not passed."""
    return arguments[index] if index < len(arguments) else iso.undefined
