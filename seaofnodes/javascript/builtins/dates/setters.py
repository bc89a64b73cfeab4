"""What Date.prototype changes (ECMA-262, section 21.4.4)."""

from __future__ import annotations

import math

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.dates.objects import set_time, time_of
from seaofnodes.javascript.builtins.dates.times import fields_of, make_date, make_day, make_full_year, make_time
from seaofnodes.javascript.builtins.dates.zones import local_zone
from seaofnodes.javascript.builtins.table import Builtin, Method
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_float


def _writer(first: int, count: int, local: bool) -> Builtin:
    """Sets parts of the time: year, month, day, hour, minute, second, millisecond; as many as there are arguments."""

    def code(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        time = time_of(iso, this)
        given = [to_float(iso, word) for word in (arguments or [iso.undefined])[:count]]
        if math.isnan(time):
            if first > 0:
                return iso.number(time)
            time = 0.0
        elif local:
            time = local_zone().to_local(time)
        parts = [float(part) for part in fields_of(time)[:7]]
        parts[first : first + len(given)] = given
        changed = make_date(make_day(*parts[:3]), make_time(*parts[3:]))
        return set_time(iso, this, local_zone().to_utc(changed) if local else changed)

    return code


def set_time_value(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.prototype.setTime ( time )"""
    time_of(iso, this)
    return set_time(iso, this, to_float(iso, argument(iso, arguments, 0)))


def set_year(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.prototype.setYear ( year )"""
    time = time_of(iso, this)
    year = make_full_year(to_float(iso, argument(iso, arguments, 0)))
    at = fields_of(0.0 if math.isnan(time) else local_zone().to_local(time))
    clock = make_time(at.hour, at.minute, at.second, at.millisecond)
    return set_time(iso, this, local_zone().to_utc(make_date(make_day(year, at.month, at.day), clock)))


_PARTS = {  # the first part, and how many
    "Date": (2, 1),
    "FullYear": (0, 3),
    "Hours": (3, 4),
    "Milliseconds": (6, 1),
    "Minutes": (4, 3),
    "Month": (1, 2),
    "Seconds": (5, 2),
}

SETTERS = (
    *(Method(f"set{name}", count, _writer(first, count, local=True)) for name, (first, count) in _PARTS.items()),
    Method("setTime", 1, set_time_value),
    *(Method(f"setUTC{name}", count, _writer(first, count, local=False)) for name, (first, count) in _PARTS.items()),
    Method("setYear", 1, set_year),
)
