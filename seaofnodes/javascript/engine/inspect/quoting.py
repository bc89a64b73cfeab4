"""Strings as literals, and how wide text is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_NAMED: Final = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "\v": "\\v"}
_SPECIAL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\]|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")
_COLOURS: Final = re.compile("\x1b\\[\\d+m")


def quote(text: str) -> str:
    """A unit string as a literal in the first of ' " ` that is not in it."""
    mark = "'"
    if "'" in text:
        if '"' not in text:
            mark = '"'
        elif "`" not in text and "${" not in text:
            mark = "`"

    def escape(match: re.Match[str]) -> str:
        found = match[0]
        if len(found) == 2:
            return found
        if found == "\\":
            return "\\\\"
        if found >= "\ud800":
            return f"\\u{ord(found):x}"
        return _NAMED.get(found) or f"\\x{ord(found):02X}"

    text = _SPECIAL.sub(escape, text)
    if mark == "'":
        text = text.replace("'", "\\'")
    return f"{mark}{text}{mark}"


def key_text(text: str) -> str:
    """The name of a property: as it is if it is an identifier, or else quoted."""
    if text == "__proto__":
        return "['__proto__']"
    return text if _IDENTIFIER.match(text) else quote(text)


def width(text: str) -> int:
    """Columns that a unit string takes in a terminal; colours take none."""
    if text.isascii():
        return len(_COLOURS.sub("", text)) if "\x1b" in text else len(text)
    return _wide(text)


@lru_cache(maxsize=1000)
def _wide(text: str) -> int:
    from unicodedata import category, east_asian_width

    from seaofnodes.javascript.parse.words import from_units

    total = 0
    for character in from_units(_COLOURS.sub("", text)):
        if category(character) not in ("Mn", "Me", "Cf", "Cc"):
            total += 2 if east_asian_width(character) in "FW" else 1
    return total
