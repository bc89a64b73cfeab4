"""The tokens of dates' texts, as V8 takes them apart."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES: Final = {  # hours
    "ut": 0, "utc": 0, "z": 0, "gmt": 0, "cdt": -5, "cst": -6, "edt": -4, "est": -5, "mdt": -6, "mst": -7, "pdt": -7,
    "pst": -8,
}  # fmt: skip
_SPACE: Final = "\t\n\v\f\r \xa0\ufeff\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TOKEN: Final = re.compile(
    rf"(?P<number>[0-9]+)|(?P<symbol>[:.)+-])|(?P<word>[^\x00-@{_SPACE}]+)|(?P<space>[{_SPACE}]+)|(?P<open>\()|(?P<other>.)",
    re.DOTALL,
)
_DIGITS: Final = 9  # that count


class Token(NamedTuple):
    """Attributes: kind: "number", "symbol" (text says which), "month", "am pm", "zone", "T", "word", "space", "other",
    "end"; value: of a number, month (1 to 12), am (0) and pm (12), zone (hours).
    """

    kind: str
    text: str
    value: int = 0

    def is_symbol(self, text: str) -> bool:
        return self.kind == "symbol" and self.text == text

    def is_sign(self) -> bool:
        return self.kind == "symbol" and self.text in "+-"

    def is_digits(self, count: int) -> bool:
        """Is it a number of so many digits?"""
        return self.kind == "number" and len(self.text) == count

    def is_z(self) -> bool:
        return self.kind == "zone" and len(self.text) == 1


END: Final = Token("end", "")


class Scanner:
    """Attributes: next: the token that comes."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.next = END
        self.take()

    def take(self) -> Token:
        """The token that comes, and go on behind it."""
        taken, self.next = self.next, self._scan()
        return taken

    def skip(self, symbol: str) -> bool:
        """Go over a symbol; False if another token comes."""
        if not self.next.is_symbol(symbol):
            return False
        self.take()
        return True

    def _scan(self) -> Token:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            return END
        kind, text = match.lastgroup or "", match.group()
        self._at = match.end()
        if kind == "number":
            return Token(kind, text, int(text.lstrip("0")[:_DIGITS] or "0"))
        if kind == "open":
            self._at = _behind_parentheses(self._text, match.start())
            return Token("other", text)
        return _word(text) if kind == "word" else Token(kind, text)


def _behind_parentheses(text: str, at: int) -> int:
    """They may be nested; the last one need not be closed."""
    depth = 0
    while at < len(text):
        depth += (text[at] == "(") - (text[at] == ")")
        at += 1
        if not depth:
            break
    return at


def _word(text: str) -> Token:
    """Three letters decide; only names of months may be longer."""
    start = "".join(chr(ord(unit) | 0x20) if "A" <= unit <= "Z" else unit for unit in text[:3])
    if start in _MONTHS:
        return Token("month", text, _MONTHS.index(start) + 1)
    if len(text) > 3:
        return Token("word", text)
    if start in _ZONES:
        return Token("zone", text, _ZONES[start])
    if start in ("am", "pm"):
        return Token("am pm", text, 0 if start == "am" else 12)
    return Token("T" if start == "t" else "word", text)
