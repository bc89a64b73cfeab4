"""encodeURI, decodeURI and those of components (ECMA-262, section 19.2.6)."""

from __future__ import annotations

from typing import NoReturn

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Builtin, Function, Group
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_text

_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_UNRESERVED = frozenset(_ALPHANUMERIC + "-_.!~*'()")
_RESERVED = frozenset(";/?:@&=+$,#")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


def _malformed(iso: Isolate) -> NoReturn:
    iso.throw("URIError", "URI malformed")


def encode(iso: Isolate, text: str, unescaped: frozenset[str]) -> str:
    """Section 19.2.6.5. text is a unit string. Throws a URIError at a surrogate without its other half."""
    parts = []
    at = 0
    while at < len(text):
        unit = text[at]
        at += 1
        if unit in unescaped:
            parts.append(unit)
            continue
        code = ord(unit)
        if 0xD800 <= code <= 0xDFFF:
            low = ord(text[at]) if code < 0xDC00 and at < len(text) else 0
            if not 0xDC00 <= low <= 0xDFFF:
                _malformed(iso)
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            at += 1
        parts.extend(f"%{byte:02X}" for byte in chr(code).encode())
    return "".join(parts)


def _escaped_byte(iso: Isolate, text: str, at: int) -> int:
    digits = text[at + 1 : at + 3]
    if text[at : at + 1] != "%" or len(digits) != 2 or not _HEXADECIMAL.issuperset(digits):
        _malformed(iso)
    return int(digits, 16)


def decode(iso: Isolate, text: str, preserved: frozenset[str]) -> str:
    """Section 19.2.6.6. Escapes of characters in preserved stay. Throws a URIError if bytes are not UTF-8."""
    parts = []
    at = 0
    while at < len(text):
        if text[at] != "%":
            parts.append(text[at])
            at += 1
            continue
        start = at
        first = _escaped_byte(iso, text, at)
        at += 3
        if first < 0x80:
            character = chr(first)
            parts.append(text[start:at] if character in preserved else character)
            continue
        more = 1 if first >> 5 == 0b110 else 2 if first >> 4 == 0b1110 else 3 if first >> 3 == 0b11110 else 0
        if not more:
            _malformed(iso)
        read = [first]
        for _ in range(more):
            read.append(_escaped_byte(iso, text, at))
            at += 3
        try:
            character = bytes(read).decode()
        except UnicodeDecodeError:
            _malformed(iso)
        code = ord(character)
        if code > 0xFFFF:
            character = chr(0xD7C0 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))
        parts.append(character)
    return "".join(parts)


def _encoder(unescaped: frozenset[str]) -> Builtin:
    def encoder(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        return iso.string(encode(iso, to_text(iso, argument(iso, arguments, 0)), unescaped))

    return encoder


def _decoder(preserved: frozenset[str]) -> Builtin:
    def decoder(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        return iso.string(decode(iso, to_text(iso, argument(iso, arguments, 0)), preserved))

    return decoder


GROUPS = (
    Group("decodeURI", constructor=Function(1, _decoder(_RESERVED), constructs=False)),
    Group("decodeURIComponent", constructor=Function(1, _decoder(frozenset()), constructs=False)),
    Group("encodeURI", constructor=Function(1, _encoder(_UNRESERVED | _RESERVED), constructs=False)),
    Group("encodeURIComponent", constructor=Function(1, _encoder(_UNRESERVED), constructs=False)),
)
