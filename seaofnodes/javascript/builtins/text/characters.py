"""Methods that give a character or a part of a string."""

from __future__ import annotations

from math import nan

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.text.coercion import clamp, integer_argument, relative, this_string, this_text
from seaofnodes.javascript.builtins.text.units import code_point_at
from seaofnodes.javascript.objects import strings
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import is_smi, smi, smi_value
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity


def _unit_at(iso: Isolate, this: int, arguments: list[int]) -> int | None:
    """The code unit of a string at an index that is a small integer in range; None: it is something else."""
    if arguments and is_smi(arguments[0]) and iso.is_string(this):
        index = smi_value(arguments[0])
        if 0 <= index < strings.length(iso, this):
            return strings.unit_at(iso, this, index)
    return None


def at(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.1."""
    text = this_string(iso, this, "at")
    length = strings.length(iso, text)
    iso.held.append(text)
    index = integer_argument(iso, arguments, 0)
    if index < 0:
        index += length
    if not 0 <= index < length:
        return iso.undefined
    return strings.substring(iso, text, int(index), int(index) + 1)


def char_at(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.2."""
    unit = _unit_at(iso, this, arguments)
    if unit is not None:
        return iso.string(chr(unit))
    text = this_string(iso, this, "charAt")
    iso.held.append(text)
    index = integer_argument(iso, arguments, 0)
    if not 0 <= index < strings.length(iso, text):
        return iso.name("")
    return strings.substring(iso, text, int(index), int(index) + 1)


def char_code_at(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.3."""
    unit = _unit_at(iso, this, arguments)
    if unit is not None:
        return smi(unit)
    text = this_string(iso, this, "charCodeAt")
    iso.held.append(text)
    index = integer_argument(iso, arguments, 0)
    if not 0 <= index < strings.length(iso, text):
        return iso.number(nan)
    return smi(strings.unit_at(iso, text, int(index)))


def code_point_at_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.4."""
    text = this_text(iso, this, "codePointAt")
    index = integer_argument(iso, arguments, 0)
    if not 0 <= index < len(text):
        return iso.undefined
    return smi(code_point_at(text, int(index)))


def slice_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.22."""
    text = this_string(iso, this, "slice")
    iso.held.append(text)
    length = strings.length(iso, text)
    start = relative(integer_argument(iso, arguments, 0), length)
    end = relative(_end(iso, arguments, length), length)
    return strings.substring(iso, text, start, max(start, end))


def substring(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.25."""
    text = this_string(iso, this, "substring")
    iso.held.append(text)
    length = strings.length(iso, text)
    start = clamp(integer_argument(iso, arguments, 0), length)
    end = clamp(_end(iso, arguments, length), length)
    return strings.substring(iso, text, min(start, end), max(start, end))


def substr(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section B.2.2.1."""
    text = this_string(iso, this, "substr")
    iso.held.append(text)
    size = strings.length(iso, text)
    start = relative(integer_argument(iso, arguments, 0), size)
    length = clamp(_end(iso, arguments, size), size)
    return strings.substring(iso, text, start, min(start + length, size))


def _end(iso: Isolate, arguments: list[int], default: int) -> int | float:
    """The second argument; undefined means the default."""
    value = argument(iso, arguments, 1)
    return default if value == iso.undefined else to_integer_or_infinity(iso, value)
