"""JavaScript's exceptions in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaofnodes.errors import ProgramException

if TYPE_CHECKING:
    from seaofnodes.runtime.heap.handles import Handle


class Throw(ProgramException):
    """What a program throws, while it is on its way in Python; `Isolate.throw_word` raises one.

    Attributes: word: the value, which is kept as long as this lives.
    """

    def __init__(self, handle: Handle) -> None:
        super().__init__("a JavaScript exception")
        self._handle = handle

    @property
    def word(self) -> int:
        return self._handle.word
