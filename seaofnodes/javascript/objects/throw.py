"""JavaScript's exceptions in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaofnodes.errors import ProgramException

if TYPE_CHECKING:
    from seaofnodes.javascript.bytecode.script import ScriptCode
    from seaofnodes.runtime.heap.handles import Handle


class Throw(ProgramException):
    """What a program throws, while it is on its way in Python; `Isolate.throw_word` raises one.

    Attributes: word: the value, which is kept as long as this lives; origin: where it was thrown, as (ScriptCode,
    offset in its source), once a function of the source has been left.
    """

    def __init__(self, handle: Handle) -> None:
        super().__init__("a JavaScript exception")
        self._handle = handle
        self.origin: tuple[ScriptCode, int] | None = None

    @property
    def word(self) -> int:
        return self._handle.word
