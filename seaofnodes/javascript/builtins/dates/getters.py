"""What Date.prototype tells (ECMA-262, section 21.4.4)."""

from __future__ import annotations

import math
from collections.abc import Callable

from seaofnodes.javascript.builtins.dates.objects import time_of
from seaofnodes.javascript.builtins.dates.times import MS_PER_MINUTE, Fields, fields_of
from seaofnodes.javascript.builtins.dates.zones import local_zone
from seaofnodes.javascript.builtins.table import Builtin, Method
from seaofnodes.javascript.objects.isolate import Isolate


def _reader(tell: Callable[[Fields], int], local: bool) -> Builtin:
    def code(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        time = time_of(iso, this)
        if math.isnan(time):
            return iso.number(math.nan)
        return iso.number(tell(fields_of(local_zone().to_local(time) if local else time)))

    return code


def get_time(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.prototype.getTime ( ), Date.prototype.valueOf ( )"""
    return iso.number(time_of(iso, this))


def get_timezone_offset(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.prototype.getTimezoneOffset ( ): whole minutes, as V8's."""
    time = time_of(iso, this)
    return iso.number(time if math.isnan(time) else int(-local_zone().offset(time) / MS_PER_MINUTE))


def get_year(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.prototype.getYear ( )"""
    return _YEAR(iso, this, arguments, new_target)


_YEAR = _reader(lambda at: at.year - 1900, local=True)
_PARTS: dict[str, Callable[[Fields], int]] = {
    "Date": lambda at: at.day,
    "Day": lambda at: at.weekday,
    "FullYear": lambda at: at.year,
    "Hours": lambda at: at.hour,
    "Milliseconds": lambda at: at.millisecond,
    "Minutes": lambda at: at.minute,
    "Month": lambda at: at.month,
    "Seconds": lambda at: at.second,
}

GETTERS = (
    *(Method(f"get{name}", 0, _reader(tell, local=True)) for name, tell in _PARTS.items()),
    Method("getTime", 0, get_time),
    Method("getTimezoneOffset", 0, get_timezone_offset),
    *(Method(f"getUTC{name}", 0, _reader(tell, local=False)) for name, tell in _PARTS.items()),
    Method("getYear", 0, get_year),
    Method("valueOf", 0, get_time),
)
