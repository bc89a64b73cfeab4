"""Bytes as base64 and as hexadecimal digits (ECMA-262, section 23.3.3)."""

from __future__ import annotations

import base64
import re
from typing import Final, NamedTuple

_SPACE: Final = re.compile(r"[\t\n\f\r ]*")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{2}", re.ASCII)
_ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_TO_STANDARD: Final = {"-": "+", "_": "/", "+": "", "/": ""}  # of base64url

_BAD_UNIT: Final = "Found a character that cannot be part of a valid base64 string."
_ALONE: Final = "The base64 input terminates with a single character, excluding padding (=)."
_EXTRA_BITS: Final = "The base64 input terminates with non-zero padding bits."
_NO_HEX: Final = "Input string must contain hex characters in even length"


class Decoded(NamedTuple):
    """What a text stands for. Attributes: read: units that were used up; error: what is wrong behind these, for a
    SyntaxError.
    """

    read: int
    data: bytes
    error: str | None = None


def encode_base64(data: bytes, url: bool, padded: bool) -> str:
    """url: with the alphabet base64url?"""
    text = (base64.urlsafe_b64encode(data) if url else base64.b64encode(data)).decode("ascii")
    return text if padded else text.rstrip("=")


def decode_base64(text: str, url: bool, last: str, most: int) -> Decoded:
    """FromBase64 (section 23.3.3.5). last: "loose", "strict" or "stop-before-partial"; most: bytes."""
    read, at, chunk = 0, 0, ""
    data = bytearray()
    if not most:
        return Decoded(0, b"")
    while True:
        at = _skip(text, at)
        if at == len(text):
            if not chunk:
                return Decoded(at, bytes(data))
            if last == "stop-before-partial":
                return Decoded(read, bytes(data))
            if last == "strict" or len(chunk) == 1:
                return Decoded(read, bytes(data), _ALONE)
            return Decoded(at, bytes(data + _last_bytes(chunk)[0]))
        unit = text[at]
        at += 1
        if unit == "=":
            return _end(text, at, chunk, Decoded(read, bytes(data)), last)
        if url:
            unit = _TO_STANDARD.get(unit, unit)
        if unit not in _ALPHABET:
            return Decoded(read, bytes(data), _BAD_UNIT)
        left = most - len(data)
        if (left == 1 and len(chunk) == 2) or (left == 2 and len(chunk) == 3):
            return Decoded(read, bytes(data))
        chunk += unit
        if len(chunk) == 4:
            data += base64.b64decode(chunk)
            read, chunk = at, ""
            if len(data) == most:
                return Decoded(read, bytes(data))


def _end(text: str, at: int, chunk: str, before: Decoded, last: str) -> Decoded:
    """Behind the first "="."""
    if len(chunk) < 2:
        return before._replace(error=_BAD_UNIT)
    at = _skip(text, at)
    if len(chunk) == 2:
        if at == len(text):
            return before if last == "stop-before-partial" else before._replace(error=_ALONE)
        if text[at] == "=":
            at = _skip(text, at + 1)
    if at < len(text):
        return before._replace(error=_BAD_UNIT)
    data, has_extra_bits = _last_bytes(chunk)
    if has_extra_bits and last == "strict":
        return before._replace(error=_EXTRA_BITS)
    return Decoded(at, before.data + data)


def _last_bytes(chunk: str) -> tuple[bytes, bool]:
    """The bytes of two or three digits, and whether bits are left over."""
    data = base64.b64decode(chunk.ljust(4, "A"))
    count = len(chunk) - 1
    return data[:count], data[count] != 0


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None
    return match.end()


def decode_hex(text: str, most: int) -> Decoded:
    """FromHex (section 23.3.3.6). most: bytes."""
    data = bytearray()
    if len(text) % 2:
        return Decoded(0, b"", _NO_HEX)
    for at in range(0, len(text), 2):
        if len(data) == most:
            break
        match = _HEX.match(text, at)
        if match is None:
            return Decoded(at, bytes(data), _NO_HEX)
        data.append(int(match.group(), 16))
    return Decoded(2 * len(data), bytes(data))
