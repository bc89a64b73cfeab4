"""Time values: milliseconds since 1970 in UTC, as numbers (ECMA-262, section 21.4.1). NaN is no time."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

MS_PER_SECOND: Final = 1000
MS_PER_MINUTE: Final = 60_000
MS_PER_HOUR: Final = 3_600_000
MS_PER_DAY: Final = 86_400_000
LATEST: Final = 8.64e15  # milliseconds, on both sides of 1970
_MOST_YEARS: Final = 400_000  # a date further away is none


class Fields(NamedTuple):
    """Attributes: month: 0 to 11; weekday: 0 is Sunday."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    millisecond: int
    weekday: int


def days_of(year: int, month: int) -> int:
    """Days from 1970 to the first of a month; month: 0 to 11. Any year of the Gregorian calendar."""
    # Years that begin in March have their odd day at the end.
    year, month = (year, month - 2) if month >= 2 else (year - 1, month + 10)
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 - 719_468


def year_and_month(days: int) -> tuple[int, int, int]:
    """Year, month (0 to 11) and day of the month (from 1)."""
    days += 719_468
    era, rest = divmod(days, 146_097)
    year = (rest - rest // 1460 + rest // 36_524 - rest // 146_096) // 365
    rest -= 365 * year + year // 4 - year // 100
    month = (5 * rest + 2) // 153
    day = rest - (153 * month + 2) // 5 + 1
    year += 400 * era
    return (year, month + 2, day) if month < 10 else (year + 1, month - 10, day)


def fields_of(time: float) -> Fields:
    """Of a time value that is finite."""
    days, rest = divmod(int(time), MS_PER_DAY)
    year, month, day = year_and_month(days)
    seconds, millisecond = divmod(rest, MS_PER_SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Fields(year, month, day, hour, minute, second, millisecond, (days + 4) % 7)


def make_time(hour: float, minute: float, second: float, millisecond: float) -> float:
    """MakeTime."""
    if not (math.isfinite(hour) and math.isfinite(minute) and math.isfinite(second) and math.isfinite(millisecond)):
        return math.nan
    whole = [float(math.trunc(part)) for part in (hour, minute, second, millisecond)]
    return ((whole[0] * MS_PER_HOUR + whole[1] * MS_PER_MINUTE) + whole[2] * MS_PER_SECOND) + whole[3]


def make_day(year: float, month: float, date: float) -> float:
    """MakeDay."""
    if not (math.isfinite(year) and math.isfinite(month) and math.isfinite(date)):
        return math.nan
    years, months = divmod(math.trunc(month), 12)
    years += math.trunc(year)
    if abs(years) > _MOST_YEARS:
        return math.nan
    return float(days_of(years, months)) + math.trunc(date) - 1


def make_date(day: float, time: float) -> float:
    """MakeDate."""
    found = day * MS_PER_DAY + time
    return found if math.isfinite(found) else math.nan


def make_full_year(year: float) -> float:
    """MakeFullYear: 0 to 99 are of the twentieth century."""
    if math.isnan(year):
        return math.nan
    if math.isinf(year):
        return year
    whole = math.trunc(year)
    return float(1900 + whole) if 0 <= whole <= 99 else float(whole)


def time_clip(time: float) -> float:
    """TimeClip."""
    if not abs(time) <= LATEST:
        return math.nan
    return float(math.trunc(time)) + 0.0
