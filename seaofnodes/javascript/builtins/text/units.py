"""Code points in strings of UTF-16 code units."""

from __future__ import annotations

import re

_PAIR_OR_LONE = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")


def pair(code_point: int) -> str:
    """The code units of a code point."""
    if code_point < 0x10000:
        return chr(code_point)
    code_point -= 0x10000
    return chr(0xD800 + (code_point >> 10)) + chr(0xDC00 + (code_point & 0x3FF))


def code_point_at(units: str, index: int) -> int:
    """The code point that begins at an index, section 11.1.4; a lone surrogate is one."""
    first = ord(units[index])
    if 0xD800 <= first < 0xDC00 and index + 1 < len(units):
        second = ord(units[index + 1])
        if 0xDC00 <= second < 0xE000:
            return ((first - 0xD800) << 10) + (second - 0xDC00) + 0x10000
    return first


def is_well_formed(units: str) -> bool:
    """Are there no lone surrogates?"""
    return units.isascii() or all(len(found[0]) == 2 for found in _PAIR_OR_LONE.finditer(units))


def to_well_formed(units: str) -> str:
    """Lone surrogates become U+FFFD."""
    if units.isascii():
        return units
    return _PAIR_OR_LONE.sub(lambda found: found[0] if len(found[0]) == 2 else "\ufffd", units)
