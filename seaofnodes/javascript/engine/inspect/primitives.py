"""Values that are no objects."""

from __future__ import annotations

import math
from typing import Final

from seaofnodes.javascript.engine.inspect.quoting import quote
from seaofnodes.javascript.engine.inspect.style import styled
from seaofnodes.javascript.numbers import integer_text, number_to_text
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind

DEPTH: Final = 2  # levels of objects inside the outermost that are shown
_LONGEST: Final = 10_000  # code units of a string


def number_text(value: float) -> str:
    """As a program converts it, but for -0."""
    return "-0" if value == 0 and math.copysign(1, value) < 0 else number_to_text(value)


def plain(iso: Isolate, word: int) -> str:
    """A primitive value without colours."""
    if iso.is_string(word):
        return quote(iso.text(word))
    if iso.is_number(word):
        return number_text(iso.float_of(word))
    for other, text in ((iso.undefined, "undefined"), (iso.null, "null"), (iso.true, "true"), (iso.false, "false")):
        if word == other:
            return text
    if iso.kind(word) == Kind.BIGINT:
        return f"{integer_text(iso.bigint_of(word))}n"
    return f"Symbol({iso.symbol_description(word) or ''})"


def styled_primitive(iso: Isolate, word: int, colours: bool) -> str:
    """A primitive value inside an object."""
    if iso.is_string(word):
        text = iso.text(word)
        more = len(text) - _LONGEST
        shown = styled(quote(text[:_LONGEST]), "string", colours)
        return shown if more <= 0 else f"{shown}... {more} more character{'s' * (more > 1)}"
    text = plain(iso, word)
    if text in ("undefined", "null"):
        return styled(text, text, colours)
    if text in ("true", "false"):
        return styled(text, "boolean", colours)
    return styled(text, "symbol" if iso.kind(word) == Kind.SYMBOL else "number", colours)
