"""Time zones: offsets from UTC, and their names in English."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from seaofnodes.javascript.builtins.dates.times import MS_PER_DAY, MS_PER_MINUTE, days_of, fields_of

_LOCAL_TIME: Final = Path("/etc/localtime")
_DAYS_OF_400_YEARS: Final = 146_097  # a whole number of weeks
_PRESENT: Final = (1 << 31) * 1000  # milliseconds from 1970

# By the abbreviation that the time zone database has. The rest is named by its offset.
_NAMES: Final = {
    "UTC": "Coordinated Universal Time",
    "GMT": "Greenwich Mean Time",
    "BST": "British Summer Time",
    "WET": "Western European Standard Time",
    "WEST": "Western European Summer Time",
    "CET": "Central European Standard Time",
    "CEST": "Central European Summer Time",
    "EET": "Eastern European Standard Time",
    "EEST": "Eastern European Summer Time",
    "MSK": "Moscow Standard Time",
    "EST": "Eastern Standard Time",
    "EDT": "Eastern Daylight Time",
    "CST": "Central Standard Time",
    "CDT": "Central Daylight Time",
    "MST": "Mountain Standard Time",
    "MDT": "Mountain Daylight Time",
    "PST": "Pacific Standard Time",
    "PDT": "Pacific Daylight Time",
    "AKST": "Alaska Standard Time",
    "AKDT": "Alaska Daylight Time",
    "HST": "Hawaii-Aleutian Standard Time",
    "JST": "Japan Standard Time",
    "KST": "Korean Standard Time",
    "SAST": "South Africa Standard Time",
    "AEST": "Australian Eastern Standard Time",
    "AEDT": "Australian Eastern Daylight Time",
    "ACST": "Australian Central Standard Time",
    "ACDT": "Australian Central Daylight Time",
    "AWST": "Australian Western Standard Time",
    "NZST": "New Zealand Standard Time",
    "NZDT": "New Zealand Daylight Time",
}
_NAMES_IN: Final = {  # an abbreviation that means something else there
    ("Asia/Shanghai", "CST"): "China Standard Time",
    ("Asia/Taipei", "CST"): "Taipei Standard Time",
    ("America/Havana", "CST"): "Cuba Standard Time",
    ("America/Havana", "CDT"): "Cuba Daylight Time",
    ("Asia/Kolkata", "IST"): "India Standard Time",
    ("Asia/Calcutta", "IST"): "India Standard Time",
    ("Asia/Jerusalem", "IST"): "Israel Standard Time",
    ("Asia/Jerusalem", "IDT"): "Israel Daylight Time",
    ("Europe/Dublin", "IST"): "Irish Standard Time",
    ("Asia/Manila", "PST"): "Philippine Standard Time",
}


class Zone:
    """A time zone. Attributes: key: its name in the database, such as "Europe/Berlin"."""

    def __init__(self, key: str, info: tzinfo) -> None:
        self.key = key
        self._info = info

    def offset(self, time: float) -> int:
        """Milliseconds to add to a time value in UTC that is finite."""
        moment = _moment(time).replace(tzinfo=UTC).astimezone(self._info)
        return _milliseconds(moment.utcoffset())

    def offset_of_local(self, time: float) -> int:
        """Milliseconds to take from a local time that is finite. Where clocks are set back, it is the first of the two
        that it can mean; where they are set forward, the offset of before holds.
        """
        return _milliseconds(_moment(time).replace(tzinfo=self._info).utcoffset())

    def to_local(self, time: float) -> float:
        """LocalTime (ECMA-262, section 21.4.1.25)."""
        return time + self.offset(time)

    def to_utc(self, time: float) -> float:
        """UTC (section 21.4.1.26); NaN for NaN and what is too far away."""
        if not abs(time) <= 8.64e15 + MS_PER_DAY:
            return float("nan")
        return time - self.offset_of_local(time)

    def name(self, time: float) -> str:
        """What to call it at that time; V8 takes a year of the present for one that is far away."""
        short = _moment(_in_present(time)).replace(tzinfo=UTC).astimezone(self._info).tzname() or ""
        found = _NAMES_IN.get((self.key, short)) or _NAMES.get(short)
        if found is not None:
            return found
        offset = self.offset(time) // MS_PER_MINUTE
        hours, minutes = divmod(abs(offset), 60)
        return f"GMT{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}" if offset else "GMT"


def _in_present(time: float) -> float:
    """A time value of the same day of a year from 2008 to 2035 that has the same calendar, for times before 1970 or
    after 2037.
    """
    if 0 <= time < _PRESENT:
        return time
    year = fields_of(time).year
    start = days_of(year, 0)
    length = days_of(year + 1, 0) - start
    for other in range(2008, 2036):
        first = days_of(other, 0)
        if (first - start) % 7 == 0 and days_of(other + 1, 0) - first == length:
            return time + (first - start) * MS_PER_DAY
    raise AssertionError("28 years have all calendars")


def _moment(time: float) -> datetime:
    """Years that Python has not are replaced by years of the same calendar."""
    days, rest = divmod(int(time), MS_PER_DAY)
    year = fields_of(time).year
    if not 2 <= year <= 9998:
        nearest = 2 + (year - 2) % 400 if year < 2 else 9599 + (year - 9599) % 400
        days += (nearest - year) // 400 * _DAYS_OF_400_YEARS
    return datetime(1970, 1, 1) + timedelta(days=days, milliseconds=rest)


def _milliseconds(offset: timedelta | None) -> int:
    return 0 if offset is None else round(offset.total_seconds() * 1000)


def local_zone() -> Zone:
    """The one of this process: of the environment variable TZ, else of the machine."""
    return zone_of(os.environ.get("TZ", ""))


@cache
def zone_of(key: str) -> Zone:
    """The one of a name in the database; UTC if there is none of that name, the machine's for none at all."""
    key = key.removeprefix(":")
    if key:
        try:
            return Zone(key, ZoneInfo(key))
        except (OSError, ValueError):  # no such zone
            return Zone("UTC", UTC)
    try:
        target = str(_LOCAL_TIME.resolve(strict=True))
        with _LOCAL_TIME.open("rb") as file:
            return Zone(target.partition("/zoneinfo/")[2], ZoneInfo.from_file(file))
    except (OSError, ValueError):
        return Zone("UTC", UTC)
