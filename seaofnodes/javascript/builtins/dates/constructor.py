"""The constructor Date (ECMA-262, sections 21.4.2 and 21.4.3)."""

from __future__ import annotations

import math
import time
from typing import Final

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.dates.objects import is_date, new_date, time_of
from seaofnodes.javascript.builtins.dates.parsing import parse_date
from seaofnodes.javascript.builtins.dates.texts import whole_text
from seaofnodes.javascript.builtins.dates.times import make_date, make_day, make_full_year, make_time, time_clip
from seaofnodes.javascript.builtins.dates.zones import local_zone
from seaofnodes.javascript.builtins.table import Function, Group, Method, prototype_property
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_float, to_primitive, to_text
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor

_DEFAULTS: Final = (math.nan, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)  # year, month, day, hour, minute, second, millisecond


def _now_value() -> float:
    return float(time.time_ns() // 1_000_000)


def construct_date(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date ( ...values )"""
    if new_target == iso.undefined:
        return iso.string(whole_text(_now_value(), local_zone()))
    if not arguments:
        value = _now_value()
    elif len(arguments) == 1:
        value = time_clip(_of_value(iso, arguments[0]))
    else:
        value = time_clip(local_zone().to_utc(_of_parts(iso, arguments)))
    return new_date(iso, get_prototype_from_constructor(iso, new_target, "DatePrototype"), value)


def _of_value(iso: Isolate, value: int) -> float:
    if is_date(iso, value):
        return time_of(iso, value)
    value = to_primitive(iso, value)
    return parse_date(iso.text(value), local_zone()) if iso.is_string(value) else to_float(iso, value)


def _of_parts(iso: Isolate, arguments: list[int]) -> float:
    given = [to_float(iso, word) for word in arguments[: len(_DEFAULTS)]]
    year, month, day, *rest = given + list(_DEFAULTS[len(given) :])
    return make_date(make_day(make_full_year(year), month, day), make_time(*rest))


def now(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.now ( )"""
    return iso.number(_now_value())


def parse(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.parse ( string )"""
    return iso.number(parse_date(to_text(iso, argument(iso, arguments, 0)), local_zone()))


def utc(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.UTC ( year [ , month [ , date [ , hours [ , minutes [ , seconds [ , ms ] ] ] ] ] ] )"""
    return iso.number(time_clip(_of_parts(iso, arguments)))


GROUPS = (
    Group(
        "Date",
        constructor=Function(7, construct_date),
        entries=(
            Method("now", 0, now),
            Method("parse", 1, parse),
            prototype_property("DatePrototype"),
            Method("UTC", 7, utc),
        ),
    ),
)
