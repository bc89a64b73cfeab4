"""What optimized code takes for granted without checking it, until somebody says that it is so no longer.

Code is registered with its assumptions as it is installed, under one mutex with what ends them. When an assumption
ends, code that depends on it is not entered any more, and the return addresses of its calls become exits: frames that
are in it leave there (lazy deoptimization).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from seaofnodes.backend.code import PATCH_SIZE
from seaofnodes.backend.layout import CONTEXT_STACK_LIMIT
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.entry.context import ALL_ONES, CONTEXT_BEGIN, CONTEXT_OWNER
from seaofnodes.runtime.process.exclusion import Mutex, exclusively_if_free

_CALL: Final = struct.Struct("<Bi")  # call rel32
assert _CALL.size == PATCH_SIZE


class Assumption:
    """Something that is so until it is said to have ended, once and for all; `Assumptions.make` makes one.

    It holds the code that depends on it, and so the program. Attributes: name: for people; is_valid.
    """

    __slots__ = ("_code", "_owner", "is_valid", "name")

    def __init__(self, name: str, owner: Assumptions) -> None:
        self.name = name
        self.is_valid = True
        self._owner = owner
        self._code: dict[CodeObject, Callable[[], object]] = {}

    def invalidate(self) -> None:
        """It has ended: call this before anything can see that it has. Any thread may, at any time.

        No code is entered any more that depends on it, and frames leave such code where a call returns to them. While
        another thread runs compiled code, that begins at its next poll, or when Python returns to its code.
        """
        if self.is_valid or self._code:
            self._owner.invalidate(self)

    def __repr__(self) -> str:
        return f"<assumption {self.name}{'' if self.is_valid else ', ended'}>"


class Assumptions:
    """Those of an engine, and the code that depends on them."""

    __slots__ = ("__weakref__", "_ended", "_mutex", "_space")

    def __init__(self, space: CodeSpace) -> None:
        self._space = space
        self._ended: list[Assumption] = []  # whose code has not been marked yet
        self._mutex = Mutex()  # no thread waits for the engine in it

    def make(self, name: str) -> Assumption:
        """A new one."""
        return Assumption(name, self)

    def install(
        self,
        code: CodeObject,
        assumptions: tuple[Assumption, ...],
        enter: Callable[[], object],
        give_up: Callable[[], object],
    ) -> bool:
        """Have calls enter code if all that it depends on is so: `enter` does it. False if something is not, any more.

        give_up: called when an assumption has ended: nothing is to enter the code then; perhaps called twice.
        """

        def register() -> bool:
            for assumption in assumptions:  # first: an assumption that ends now finds the code, or is seen below
                assumption._code[code] = give_up
            if not all(assumption.is_valid for assumption in assumptions):
                self.forget(code, assumptions)
                return False
            enter()
            return True

        return self._mutex.run(register)

    def forget(self, code: CodeObject, assumptions: tuple[Assumption, ...]) -> None:
        """The code, which depends on these, is freed: no frame is in it."""
        for assumption in assumptions:
            assumption._code.pop(code, None)

    def invalidate(self, assumption: Assumption) -> None:
        """See `Assumption.invalidate`. What an interrupt leaves undone is done when something enters code next."""
        self._ended.append(assumption)
        assumption.is_valid = False
        space, context = self._space, self._space.context
        space.store_word(context + CONTEXT_BEGIN, 1)
        if not exclusively_if_free(context + CONTEXT_OWNER, self.serve):
            space.store_word(context + CONTEXT_STACK_LIMIT, ALL_ONES)  # another thread has the engine: it looks then

    def serve(self) -> None:
        """Mark the code of what has ended. For the thread that has the engine, before it enters code or returns to it:
        none then runs in what is patched.
        """
        while self._ended:
            self._mutex.run(self._mark)

    def _mark(self) -> None:
        for assumption in self._ended.copy():
            assumption.is_valid = False
            dependents = list(assumption._code.items())
            for code, _ in dependents:  # all of them first: giving up one may free others
                self._patch(code)
            for _, give_up in dependents:
                give_up()
            assumption._code.clear()
            if assumption in self._ended:
                self._ended.remove(assumption)

    def _patch(self, found: CodeObject) -> None:
        """Make exits of the return addresses. Only returns execute the no-operations there; no frame is inside one."""
        assert found.code is not None
        target = self._space.builtins["deoptimize_lazy"]
        for pc in found.code.lazy_exits:
            at = found.start + pc
            self._space.patch(at, _CALL.pack(0xE8, target - (at + PATCH_SIZE)))
