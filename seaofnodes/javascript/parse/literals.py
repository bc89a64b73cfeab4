"""The values of literals (ECMA-262, section 12.9)."""

from __future__ import annotations

import re

from seaofnodes.javascript.parse.words import to_units

_DECIMAL = r"(?:0|[1-9](?:_?[0-9])*)"
_DIGITS = r"[0-9](?:_?[0-9])*"
_NUMBER = re.compile(
    rf"(?P<big>(?:0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|0[oO][0-7](?:_?[0-7])*|0[bB][01](?:_?[01])*|{_DECIMAL})n)"
    r"|(?P<based>0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|0[oO][0-7](?:_?[0-7])*|0[bB][01](?:_?[01])*)"
    rf"|(?P<float>(?:{_DECIMAL}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?)"
    r"|(?P<octal>0[0-7]+)"
    rf"|(?P<leading>0[0-9]*[89][0-9]*(?:\.(?:{_DIGITS})?)?(?:[eE][+-]?{_DIGITS})?)"
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]+)\}|([0-3][0-7]{0,2}|[4-7][0-7]?)|(\r\n|[^xu0-7])|)"
)


class Number:
    """value; legacy: None, or what strict mode code calls it, as V8 does."""

    __slots__ = ("big", "legacy", "value")

    def __init__(self, value: float, big: int | None = None, legacy: str | None = None) -> None:
        self.value, self.big, self.legacy = value, big, legacy


def number(text: str) -> Number | None:
    """None if the text is no number."""
    if text.isdigit() and text[0] != "0":
        return Number(float(text))
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = text.replace("_", "")
    kind = match.lastgroup
    if kind == "big":
        return Number(0.0, int(digits[:-1], 0))
    if kind == "based":
        return Number(_float(int(digits, 0)))
    if kind == "octal":
        return Number(_float(int(digits, 8)), legacy="Octal literals are not allowed in strict mode.")
    if kind == "leading":
        return Number(float(digits), legacy="Decimals with leading zeros are not allowed in strict mode.")
    return Number(float(digits))


def _float(value: int) -> float:
    try:
        return float(value)  # rounds to nearest, ties to even
    except OverflowError:
        return float("inf")


class EscapeError(Exception):
    """offset: of the escape in the text; message: V8's."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message, self.offset = message, offset


def cook(text: str, template: bool) -> tuple[str, int]:
    """A string or template with escapes resolved, in UTF-16 code units.

    Returns: that, and the offset of the first octal escape, or -1. Raises EscapeError.
    """
    if "\\" not in text:
        return text, -1
    parts = []
    position, octal = 0, -1
    while (found := text.find("\\", position)) >= 0:
        parts.append(text[position:found])
        match = _ESCAPE.match(text, found)
        if match is None or match.end() == found + 1:
            raise EscapeError(_complaint(text, found, template), found)
        position = match.end()
        hexadecimal, unicode, braced, digits, other = match.groups()
        if hexadecimal or unicode:
            parts.append(chr(int(hexadecimal or unicode, 16)))
        elif braced:
            code = int(braced, 16)
            if code > 0x10FFFF:
                raise EscapeError("Undefined Unicode code-point", found)
            parts.append(to_units(chr(code)))
        elif digits:
            if digits != "0" or text[position : position + 1] in ("8", "9"):
                if template:
                    raise EscapeError("Octal escape sequences are not allowed in template strings", found)
                octal = found if octal < 0 else octal
            parts.append(chr(int(digits, 8)))
        elif other in ("8", "9"):
            if template:
                raise EscapeError("\\8 and \\9 are not allowed in template strings.", found)
            octal = found if octal < 0 else octal
            parts.append(other)
        elif other[0] not in "\n\r\u2028\u2029":
            parts.append(_SIMPLE.get(other, other))
    parts.append(text[position:])
    return "".join(parts), octal


def without_escapes(text: str) -> str:
    """The text of a string without what a backslash stands in front of."""
    return re.sub(r"\\(?:\r\n|[\s\S])", "", text)


def _complaint(text: str, found: int, template: bool) -> str:
    if text[found + 1 : found + 2] == "x":
        return "Invalid hexadecimal escape sequence"
    return "Invalid Unicode escape sequence" if text[found + 1 : found + 2] == "u" else "Invalid or unexpected token"
