"""Which objects are collections of a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeAlias

from seaofnodes.javascript.builtins.table import Builtin
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.errors import describe, type_error

Code: TypeAlias = Callable[[Isolate, int, list[int]], int]  # isolate, a collection, arguments -> a word


def refuse_receiver(iso: Isolate, method: str, this: int) -> NoReturn:
    """Throw a TypeError: the method is not for such objects. method: "Map.prototype.get"."""
    type_error(iso, f"Method {method} called on incompatible receiver {describe(iso, this)}")


def of_kind(kind: Kind, method: str) -> Callable[[Code], Builtin]:
    """Makes a function a builtin that throws TypeError for receivers of other kinds."""

    def decorate(code: Code) -> Builtin:
        def builtin(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
            if not iso.is_object(this) or iso.kind(this) != kind:
                refuse_receiver(iso, method, this)
            return code(iso, this, arguments)

        return builtin

    return decorate


def return_this(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """get [ %Symbol.species% ]"""
    return this
