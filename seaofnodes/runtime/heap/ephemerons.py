"""Ephemerons (Hayes, OOPSLA 1997): entries that a collection keeps only if it keeps their table and their key."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.backend.layout import OBJECT_TAG

IsKept = Callable[[int], bool]  # has a collection found this object?


class Ephemerons:
    """The tables of a heap. Each belongs to an object, and goes with it; its keys are objects, too. The entries are in
    Python, and a collection looks at each of them.

    For the thread that has the engine. Words that are given are references to objects (keys, owners), or any (values).
    """

    def __init__(self) -> None:
        self._tables: dict[int, dict[int, int]] = {}

    def add_table(self, owner: int) -> None:
        """Give an object, which has none, an empty table."""
        self._tables[owner] = {}

    def get(self, owner: int, key: int) -> int | None:
        """The value in an object's table; whoever gets it must hold it."""
        return self._tables[owner].get(key)

    def set(self, owner: int, key: int, value: int) -> None:
        """Add an entry to an object's table, or change it."""
        self._tables[owner][key] = value

    def delete(self, owner: int, key: int) -> bool:
        """Take an entry away; False if there was none."""
        return self._tables[owner].pop(key, None) is not None

    def reached(self, is_kept: IsKept) -> list[int]:
        """Values that a collection has to keep, too, as it has found the tables and the keys."""
        return [
            value
            for owner, table in self._tables.items()
            if table and is_kept(owner)
            for key, value in table.items()
            if value & OBJECT_TAG and is_kept(key) and not is_kept(value)
        ]

    def sweep(self, is_kept: IsKept) -> None:
        """Forget what a collection has not found."""
        for owner in [owner for owner in self._tables if not is_kept(owner)]:
            del self._tables[owner]
        for table in self._tables.values():
            for key in [key for key in table if not is_kept(key)]:
                del table[key]
