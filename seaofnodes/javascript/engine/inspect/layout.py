"""How the parts of an object are put on lines: short ones side by side, long lists of short elements in columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from seaofnodes.javascript.engine.inspect.quoting import width

COLUMNS: Final = 80
MOST_ELEMENTS: Final = 100
COMPACT: Final = 3  # levels of objects that may share a line
_SEPARATOR: Final = 2
_MOST_IN_ROW: Final = 15
_SQUARE: Final = 2.5  # a character is so much higher than it is wide
_GROUPED: Final = 6  # lists of more elements get columns


def put_together(
    parts: Sequence[str],
    braces: tuple[str, str],
    *,
    base: str = "",
    indentation: int = 0,
    inner_levels: int = 0,
    columns: bool = False,
    numbers: bool = False,
    more: bool = False,
) -> str:
    """An object's text.

    base: what stands before the opening brace; indentation: columns of it on the lines that follow; inner_levels: how
    many levels of objects are inside; columns: may the parts stand in columns (elements of an array); numbers: are all
    elements numbers (these are aligned right); more: is the last part a note on elements that are left out?
    """
    lines = list(parts)
    if columns and len(lines) > _GROUPED:
        lines = _in_columns(lines, indentation, numbers, more)
    before = f"{base} {braces[0]}" if base else braces[0]
    if inner_levels < COMPACT and len(lines) == len(parts):
        begin = len(lines) + indentation + len(braces[0]) + len(base) + 10
        if _fits(lines, begin, base):
            joined = ", ".join(lines)
            if "\n" not in joined:
                return f"{before} {joined} {braces[1]}"
    indent = "\n" + " " * indentation
    return f"{before}{indent}  {f',{indent}  '.join(lines)}{indent}{braces[1]}"


def _fits(lines: Sequence[str], begin: int, base: str) -> bool:
    total = len(lines) + begin
    if total + len(lines) > COLUMNS:
        return False
    for line in lines:
        total += width(line) if "\x1b" in line else len(line)
        if total > COLUMNS:
            return False
    return "\n" not in base


def _in_columns(lines: list[str], indentation: int, numbers: bool, more: bool) -> list[str]:
    count = len(lines) - more
    widths = [width(line) for line in lines[:count]]
    longest = max(widths) + _SEPARATOR
    total = sum(widths) + _SEPARATOR * count
    if longest * 3 + indentation >= COLUMNS or (total / longest <= 5 and longest - _SEPARATOR > 6):
        return lines
    bias = math.sqrt(max(longest - total / len(lines), 0))
    biased = max(longest - 3 - bias, 1)
    each = min(
        math.floor(math.sqrt(_SQUARE * biased * count) / biased + 0.5),
        (COLUMNS - indentation) // longest,
        COMPACT * 4,
        _MOST_IN_ROW,
    )
    if each <= 1:
        return lines
    wide = [max(widths[first::each]) for first in range(min(each, count))]
    rows = []
    for first in range(0, count, each):
        row = range(first, min(first + each, count))
        cells = []
        for index in row:
            room = " " * (wide[index - first] - widths[index])
            text = lines[index] if index == row[-1] else lines[index] + ", "
            cells.append(room + text if numbers else text if index == row[-1] else text + room)
        rows.append("".join(cells))
    return rows + lines[count:]
