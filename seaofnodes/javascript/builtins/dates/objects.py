"""Date objects: a number for the time value."""

from __future__ import annotations

from seaofnodes.javascript.builtins.dates.times import time_clip
from seaofnodes.javascript.objects import layout
from seaofnodes.javascript.objects.factory import new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.errors import type_error


def new_date(iso: Isolate, prototype: int, time: float) -> int:
    """A new Date; time: a time value that has been clipped."""
    return new_of_kind(iso, Kind.JS_DATE, prototype, iso.number(time))


def is_date(iso: Isolate, word: int) -> bool:
    return iso.is_object(word) and iso.kind(word) == Kind.JS_DATE


def time_of(iso: Isolate, this: int) -> float:
    """The time value of a Date. Throws TypeError for anything else."""
    if not is_date(iso, this):
        type_error(iso, "this is not a Date object.")
    return iso.float_of(iso.memory.load(this, layout.DATE_VALUE))


def set_time(iso: Isolate, this: int, time: float) -> int:
    """Clip a time value, and let a Date have it; its word."""
    word = iso.number(time_clip(time))
    iso.memory.store(this, layout.DATE_VALUE, word)
    return word
