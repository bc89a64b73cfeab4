"""What the console makes of its arguments: a format with specifiers, or values side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from seaofnodes.javascript.engine.inspect.primitives import DEPTH, number_text, plain, styled_primitive
from seaofnodes.javascript.numbers import text_to_number
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.operations.conversions import to_float, to_text

_SPECIFIER: Final = re.compile("%[sdifjoOc%]")
_INTEGER: Final = re.compile(r"[\s\ufeff]*([+-]?(?:0[xX][0-9a-fA-F]+|\d+))")
_FLOAT: Final = re.compile(r"[\s\ufeff]*([+-]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))")
_HIDDEN_DEPTH: Final = 4  # of %o


def format_values(iso: Isolate, words: Sequence[int], colours: bool = False) -> str:
    """The text of a call of console.log, as a unit string. Throws what conversions of %s, %d, %j throw."""
    rest = list(words)
    texts = []
    if rest and iso.is_string(rest[0]):
        format = iso.text(rest.pop(0))
        texts.append(_formatted(iso, format, rest, colours) if rest else format)
    for word in rest:
        texts.append(iso.text(word) if iso.is_string(word) else inspect(iso, word, colours=colours))
    return " ".join(texts)


def inspect(iso: Isolate, word: int, *, depth: int | None = DEPTH, colours: bool = False, hidden: bool = False) -> str:
    """A value as the console shows it inside an object; see Inspector."""
    if not iso.is_object(word):
        return styled_primitive(iso, word, colours)
    from seaofnodes.javascript.engine.inspect.inspector import Inspector

    return Inspector(iso, depth, colours, hidden).value(word)


def _formatted(iso: Isolate, format: str, rest: list[int], colours: bool) -> str:
    """The format with as many of the words as it has specifiers for, which are taken away."""

    def replace(match: re.Match[str]) -> str:
        kind = match[0][1]
        if kind == "%":
            return "%"
        if not rest:
            return match[0]
        word = rest.pop(0)
        if kind == "c":
            return ""
        return _one(iso, kind, word, colours)

    return _SPECIFIER.sub(replace, format)


def _one(iso: Isolate, kind: str, word: int, colours: bool) -> str:
    if kind == "s":
        return _string(iso, word)
    if kind == "j":
        stringify = properties.get(iso, iso.realm.intrinsic("JSON"), key_of_text(iso, "stringify"))
        found = iso.call(stringify, iso.undefined, [word])
        return iso.text(found) if iso.is_string(found) else "undefined"
    if kind == "O":
        return inspect(iso, word, colours=colours)
    if kind == "o":
        return inspect(iso, word, depth=_HIDDEN_DEPTH, colours=colours, hidden=True)
    if not iso.is_object(word):
        if iso.is_bigint(word) and kind != "f":
            return plain(iso, word)
        if iso.is_symbol(word):
            return "NaN"
    if kind == "d":
        return number_text(to_float(iso, word))
    text = to_text(iso, word)
    match = (_INTEGER if kind == "i" else _FLOAT).match(text)
    if match is None:
        return "NaN"
    digits = match[1]
    if kind == "i" and digits.lstrip("+-")[:2] in ("0x", "0X"):
        value = float(int(digits, 16))
    else:
        value = text_to_number(digits)
    return number_text(value)


def _string(iso: Isolate, word: int) -> str:
    """%s: strings as they are, objects without a toString of their own as inspected, one level deep."""
    if iso.is_string(word):
        return iso.text(word)
    if not iso.is_object(word):
        return plain(iso, word)
    if iso.kind(word) == Kind.JS_ERROR or _own_text(iso, word):
        return to_text(iso, word)
    return inspect(iso, word, depth=0)


def _own_text(iso: Isolate, word: int) -> bool:
    """Does a class of the program, or the object itself, say how it becomes a string?"""
    if iso.is_callable(word):
        return False
    builtin = {iso.realm.intrinsic("ObjectPrototype"), iso.realm.intrinsic("ErrorPrototype")}
    for key in (key_of_text(iso, "toString"), iso.symbols.to_primitive):
        holder = word
        while holder != iso.null and holder not in builtin:
            found = properties.get_own(iso, holder, key)
            if found is not None:
                value = found.value
                return value is None or not _is_builtin(iso, value)
            holder = properties.get_prototype(iso, holder)
    return False


def _is_builtin(iso: Isolate, word: int) -> bool:
    return iso.kind(word) == Kind.JS_FUNCTION and iso.shared_of(word).builtin is not None
