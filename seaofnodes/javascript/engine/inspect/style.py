"""Colours of values in a terminal, those of Node.js."""

from __future__ import annotations

from typing import Final

_CODES: Final = {
    "number": (33, 39),
    "boolean": (33, 39),
    "string": (32, 39),
    "symbol": (32, 39),
    "undefined": (90, 39),
    "null": (1, 22),
    "special": (36, 39),
    "date": (35, 39),
}


def styled(text: str, kind: str, colours: bool) -> str:
    """Text of a value of a kind: "number", "boolean", "string", "symbol", "undefined", "null", "special", "date"."""
    if not colours:
        return text
    on, off = _CODES[kind]
    return f"\x1b[{on}m{text}\x1b[{off}m"
