"""From native data to the object that it belongs to, without holding it and without looking it up.

Whoever has the address of an instance, of a host function or of an engine's context runs its code or holds what does,
so the object is alive; and it is found even while Python's collector finalizes it, when weak references are dead.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

from seaofnodes.backend.layout import INSTANCE_HANDLE
from seaofnodes.runtime.code.space import CodeSpace

_at: Any = ctypes.py_object.from_address


def object_at(address: int) -> Any:
    """The object whose address the word there is."""
    return _at(address).value


def owner_of(native: int) -> Any:
    """The object that an instance's, or a host function's, native data belongs to."""
    return _at(native + INSTANCE_HANDLE).value


def finder(space: CodeSpace, name: str, owner: object) -> Callable[[], Any]:
    """A function that finds a part of an engine by its name in the code space, for the callables that machine code
    calls: the space holds these, so they must not hold the owner.
    """
    return functools.partial(object_at, space.define(name, id(owner)))
