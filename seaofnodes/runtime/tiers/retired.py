"""Code that is not entered any more: freed as soon as no frame is in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.entry.context import CONTEXT_BEGIN
from seaofnodes.runtime.process.weak_bag import WeakBag

ENOUGH: Final = 4 << 10  # bytes of retired code before frames are walked for it
_ENTERING: Final = frozenset({"lazy", "tier_up_loop"})  # builtins that go on at an address which Python has chosen

ReturnAddresses = Callable[[], set[int] | None]


class _Item(NamedTuple):
    code: CodeObject
    owner: list[Any]
    on_free: Callable[[], object]


class Hold:
    """Keeps code as long as it lives: somebody is about to enter it."""

    __slots__ = ("__weakref__", "code")

    def __init__(self, code: CodeObject) -> None:
        self.code = code


class RetiredCode:
    """The retired code of an engine. Any thread may retire code; the one that has the engine frees it.

    Attributes: bytes_freed: so far.
    """

    def __init__(self, space: CodeSpace, return_addresses: ReturnAddresses) -> None:
        """return_addresses: those in the frames of all entries, or None if they cannot be told now."""
        self._space = space
        self._return_addresses = return_addresses
        self._items: list[_Item] = []
        self._holds: WeakBag[Hold] = WeakBag()
        self._enough = ENOUGH
        self.bytes_freed = 0

    def add(self, code: CodeObject, owner: list[Any], on_free: Callable[[], object] = lambda: None) -> None:
        """Retire code that nothing leads to any more but frames that are in it.

        owner: what it was installed with; on_free: called when it is freed, perhaps twice.
        """
        self._items.append(_Item(code, owner, on_free))
        self._space.store_word(self._space.context + CONTEXT_BEGIN, 1)

    def hold(self, code: CodeObject) -> Hold:
        """Keep code, also if it is retired, as long as the result lives."""
        found = Hold(code)
        self._holds.add(found)
        return found

    def free_if_many(self) -> None:
        """Free what no frame is in, if that may be worth the walk. For Python that machine code has called."""
        if sum(item.code.size for item in self._items) >= self._enough:
            self.free()
            # So that the time for walks is in proportion to the code that is retired.
            self._enough = max(ENOUGH, 2 * sum(item.code.size for item in self._items))

    def free(self) -> None:
        """Free what no frame is in. For the thread that has the engine: in Python that machine code has called, or when
        an outermost call begins.
        """
        items = self._items.copy()
        if not items:
            return
        return_addresses = self._return_addresses()
        if return_addresses is None:
            return
        running: set[int] = {hold.code.start for hold in self._holds.all()}
        for return_address in return_addresses:
            found = self._space.find(return_address - 1)
            if found is not None:
                if found.code is None and found.name in _ENTERING:
                    return
                running.add(found.start)
        for item in items:
            if item.code.start not in running:
                item.on_free()
                self._space.free(item.code)
                self.bytes_freed += item.code.size
                if item.code in item.owner:
                    item.owner.remove(item.code)
                if item in self._items:
                    self._items.remove(item)
