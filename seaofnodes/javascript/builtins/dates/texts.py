"""Texts of time values (ECMA-262, section 21.4.4.41); V8's where the specification leaves it open."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.builtins.dates.times import MS_PER_MINUTE, Fields, fields_of
from seaofnodes.javascript.builtins.dates.zones import Zone

DAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _year(year: int) -> str:
    return f"{'-' if year < 0 else ''}{abs(year):04}"


def iso_text(time: float) -> str:
    """As of toISOString; the time value is finite."""
    at = fields_of(time)
    year = f"{at.year:04}" if 0 <= at.year <= 9999 else f"{'-' if at.year < 0 else '+'}{abs(at.year):06}"
    date = f"{year}-{at.month + 1:02}-{at.day:02}"
    return f"{date}T{at.hour:02}:{at.minute:02}:{at.second:02}.{at.millisecond:03}Z"


def utc_text(time: float) -> str:
    """As of toUTCString; the time value is finite."""
    at = fields_of(time)
    return f"{DAYS[at.weekday]}, {at.day:02} {MONTHS[at.month]} {_year(at.year)} {_clock(at)} GMT"


def date_text(time: float, zone: Zone) -> str:
    """As of toDateString; the time value is finite."""
    at = fields_of(zone.to_local(time))
    return f"{DAYS[at.weekday]} {MONTHS[at.month]} {at.day:02} {_year(at.year)}"


def time_text(time: float, zone: Zone) -> str:
    """As of toTimeString; the time value is finite."""
    offset = int(zone.offset(time) / MS_PER_MINUTE)
    hours, minutes = divmod(abs(offset), 60)
    sign = "-" if offset < 0 else "+"
    return f"{_clock(fields_of(zone.to_local(time)))} GMT{sign}{hours:02}{minutes:02} ({zone.name(time)})"


def whole_text(time: float, zone: Zone) -> str:
    """As of toString; the time value is finite."""
    return f"{date_text(time, zone)} {time_text(time, zone)}"


def locale_date_text(time: float, zone: Zone) -> str:
    """As of toLocaleDateString in the locale en-US."""
    at = fields_of(zone.to_local(time))
    return f"{at.month + 1}/{at.day}/{at.year if at.year > 0 else 1 - at.year}"


def locale_time_text(time: float, zone: Zone) -> str:
    """As of toLocaleTimeString in the locale en-US."""
    at = fields_of(zone.to_local(time))
    return f"{at.hour % 12 or 12}:{at.minute:02}:{at.second:02} {'AM' if at.hour < 12 else 'PM'}"


def _clock(at: Fields) -> str:
    return f"{at.hour:02}:{at.minute:02}:{at.second:02}"
