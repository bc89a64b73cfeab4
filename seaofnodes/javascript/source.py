"""The text of a program, and where things are in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

_LINE: Final = re.compile("\r\n|[\n\r\u2028\u2029]")


@dataclass(slots=True, eq=False)
class Source:
    """text: in UTF-16 code units; file: its name; begin: where the file's text begins in it, as something stands before
    it on its first line. Lines and columns are those of the file, from 1, columns in code units.
    """

    text: str
    file: str = "<script>"
    begin: int = 0
    _starts: list[int] | None = field(default=None, repr=False)

    def _lines(self) -> list[int]:
        if self._starts is None:
            self._starts = [self.begin, *(match.end() for match in _LINE.finditer(self.text))]
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        starts = self._lines()
        line = max(bisect_right(starts, offset), 1)
        return line, max(offset - starts[line - 1], 0) + 1

    def line(self, number: int) -> str:
        """The text of a line, without its end."""
        start = self._lines()[number - 1]
        end = _LINE.search(self.text, start)
        return self.text[start : end.start() if end else len(self.text)]
