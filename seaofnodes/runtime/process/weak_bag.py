"""A set of weak references that any thread may add to and look through at any time."""

from __future__ import annotations

import weakref
from typing import Generic, TypeVar

T = TypeVar("T")


class WeakBag(Generic[T]):
    """Holds objects weakly, by identity as their class defines it. Each step is one of Python's atomic ones."""

    __slots__ = ("__weakref__", "_references")

    def __init__(self) -> None:
        self._references: set[weakref.ref[T]] = set()

    def add(self, item: T) -> None:
        """Add an object, which leaves when it dies."""
        self._references.add(weakref.ref(item, self._references.discard))

    def all(self) -> list[T]:
        """The objects that are alive."""
        found = (reference() for reference in self._references.copy())  # not tuple(): its memory may start a collection
        return [item for item in found if item is not None]
