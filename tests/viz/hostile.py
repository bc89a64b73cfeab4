"""A module that means harm by its names: of the module, functions, locals, tables, globals, tags, imports, exports."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

NAMES: Final = [
    "</script><script>hacked = 1</script>",
    "<img src=x onerror=hacked=1>",
    "\u202eevil\u202c",  # right to left
    "\u05d0\u05d1 <b>x</b>",
    "$title ${data} $",
    "--><!-- <plaintext>",
    "javascript:hacked=1",
    "'\"`&amp;",
    "\u2028\n\r\x1b[31mred\x1b]0;title\x07",
    "\x08\x7f\x9b31m\u2066\u200b\ufeff\U000e0041",
    "x" * 10_000,
]

#: What does harm to a terminal, or hides what is there: control and formatting characters but tabs and line ends.
HARMFUL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)


def _leb(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _leb(rest) if rest else bytes([low])


def _sized(data: bytes) -> bytes:
    return _leb(len(data)) + data


def _name(text: str) -> bytes:
    return _sized(text.encode())


def _section(id: int, data: bytes) -> bytes:
    return bytes([id]) + _sized(data)


def _vector(items: Iterable[bytes]) -> bytes:
    items = list(items)
    return _leb(len(items)) + b"".join(items)


def _names(indices: Iterable[tuple[int, str]]) -> bytes:
    return _vector(_leb(index) + _name(text) for index, text in indices)


def module(imports: bool = False) -> bytes:
    """Functions that call each other, directly and through a table, and trap for 101 and throw for 100. With `imports`
    the first two of them are imported.
    """
    count, first = len(NAMES), 2 if imports else 0
    types = [b"\x60\x01\x7f\x01\x7f", b"\x60\x01\x7f\x00"]
    exports = [_name(name) + b"\x00" + _leb(index) for index, name in enumerate(NAMES)]
    exports += [_name("table" + NAMES[8]) + b"\x01\x00", _name("tag" + NAMES[2]) + b"\x04\x00"]
    names = _name("name") + _section(0, _name("".join(NAMES)))
    names += _section(1, _names(enumerate(NAMES)))
    locals_ = [_leb(index) + _names([(0, NAMES[index - 1]), (1, NAMES[index - 2])]) for index in range(count)]
    names += _section(2, _vector(locals_))
    for kind in (4, 5, 7, 11):  # types, tables, globals, tags
        names += _section(kind, _names([(0, NAMES[8] + NAMES[2])]))
    sections = {
        1: _vector(types),
        2: _vector(_name(NAMES[index + 8]) + _name(NAMES[index]) + b"\x00\x00" for index in range(first)),
        3: _vector([b"\x00"] * (count - first)),
        4: _vector([b"\x70\x00\x10"]),
        13: _vector([b"\x00\x01"]),
        6: _vector([b"\x7f\x01\x41\x00\x0b"]),
        7: _vector(exports),
        9: _vector([b"\x00\x41\x00\x0b" + _vector(map(_leb, range(count)))]),
        10: _vector(_sized(_body((index + 1) % count)) for index in range(first, count)),
        0: names,
    }
    return b"\0asm\1\0\0\0" + b"".join(_section(id, data) for id, data in sections.items())


def _body(next_: int) -> bytes:
    """One more local; stops at 0, traps at 101, throws at 100; else the next function of a number less, and itself
    through the table.
    """
    stop = b"\x20\x00\x45\x04\x40\x20\x00\x0f\x0b"
    trap = b"\x20\x00\x41\xe5\x00\x46\x04\x40\x00\x0b"
    throw = b"\x20\x00\x41\xe4\x00\x46\x04\x40\x20\x00\x08\x00\x0b"
    less = b"\x20\x00\x41\x01\x6b\x41\x0f\x71\x21\x01"
    add = b"\x20\x01\x10" + _leb(next_) + b"\x23\x00\x6a\x24\x00"
    through = b"\x20\x01\x41\x01\x76\x20\x01\x41\x07\x71\x11\x00\x00"
    return b"\x01\x01\x7f" + stop + trap + throw + less + add + through + b"\x0b"
