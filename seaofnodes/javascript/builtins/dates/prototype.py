"""Date.prototype (ECMA-262, sections 21.4.4 and B.2.3)."""

from __future__ import annotations

import math
from collections.abc import Callable

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.dates import texts
from seaofnodes.javascript.builtins.dates.getters import GETTERS
from seaofnodes.javascript.builtins.dates.objects import time_of
from seaofnodes.javascript.builtins.dates.setters import SETTERS
from seaofnodes.javascript.builtins.dates.zones import Zone, local_zone
from seaofnodes.javascript.builtins.table import Alias, Group, Intrinsic, Method
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.access import invoke
from seaofnodes.javascript.operations.conversions import ordinary_to_primitive, to_object, to_primitive
from seaofnodes.javascript.operations.errors import describe, range_error, type_error


def _texts(name: str, make: Callable[[float, Zone], str]) -> Method:
    def code(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        time = time_of(iso, this)
        return iso.string("Invalid Date" if math.isnan(time) else make(time, local_zone()))

    return Method(name, 0, code)


def _to_locale_text(time: float, zone: Zone) -> str:
    return f"{texts.locale_date_text(time, zone)}, {texts.locale_time_text(time, zone)}"


def to_iso_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.prototype.toISOString ( )"""
    time = time_of(iso, this)
    if math.isnan(time):
        range_error(iso, "Invalid time value")
    return iso.string(texts.iso_text(time))


def to_json(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.prototype.toJSON ( key )"""
    object = to_object(iso, this)
    value = to_primitive(iso, object, "number")
    if iso.is_number(value) and not math.isfinite(iso.float_of(value)):
        return iso.null
    return invoke(iso, object, iso.name("toISOString"), [])


def to_primitive_of_date(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Date.prototype [ %Symbol.toPrimitive% ] ( hint )"""
    if not iso.is_object(this):
        type_error(
            iso,
            f"Method Date.prototype [ @@toPrimitive ] called on incompatible receiver {describe(iso, this)}",
        )
    hint = argument(iso, arguments, 0)
    text = iso.text(hint) if iso.is_string(hint) else None
    if text not in ("default", "string", "number"):
        type_error(iso, f"Invalid hint: {describe(iso, hint)}")
    return ordinary_to_primitive(iso, this, "number" if text == "number" else "string")


GROUPS = (
    Group(
        "DatePrototype",
        entries=(
            Intrinsic("constructor", "Date"),
            *GETTERS,
            *SETTERS,
            _texts("toDateString", texts.date_text),
            Method("toISOString", 0, to_iso_string),
            Method("toJSON", 1, to_json),
            _texts("toLocaleDateString", texts.locale_date_text),
            _texts("toLocaleString", _to_locale_text),
            _texts("toLocaleTimeString", texts.locale_time_text),
            _texts("toString", texts.whole_text),
            _texts("toTimeString", texts.time_text),
            _texts("toUTCString", lambda time, zone: texts.utc_text(time)),
            Alias("toGMTString", of="toUTCString"),
            Method("@@to_primitive", 1, to_primitive_of_date, writable=False),
        ),
    ),
)
