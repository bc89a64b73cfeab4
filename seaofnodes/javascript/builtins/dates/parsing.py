"""Texts to time values: ECMA-262's format (section 21.4.1.32), and what V8 takes besides."""

from __future__ import annotations

import math
from typing import Final

from seaofnodes.javascript.builtins.dates.times import MS_PER_MINUTE, make_date, make_day, make_time, time_clip
from seaofnodes.javascript.builtins.dates.tokens import END, Scanner, Token
from seaofnodes.javascript.builtins.dates.zones import Zone

_LARGEST_YEAR: Final = (1 << 31) - 1


class _Wrong(Exception):
    """No date."""


class _Parts:
    """What has been read. Attributes: days, times: numbers, in order; month: by name; half: hours to add, of am and pm;
    sign, hour, minute: of the offset from UTC; iso: is it of ECMA-262's format?
    """

    def __init__(self) -> None:
        self.days: list[int] = []
        self.times: list[int] = []
        self.month: int | None = None
        self.half: int | None = None
        self.sign: int | None = None
        self.hour: int | None = None
        self.minute: int | None = None
        self.iso = False

    def add_day(self, value: int) -> None:
        if len(self.days) == 3:
            raise _Wrong
        self.days.append(value)

    def add_time(self, value: int) -> None:
        if len(self.times) == 4:
            raise _Wrong
        self.times.append(value)

    def end_time(self, value: int) -> None:
        self.add_time(value)
        self.times += [0] * (4 - len(self.times))

    def expects_time(self, value: int) -> bool:
        """May a number be the next part of the time?"""
        count = len(self.times)
        return 0 < count < 4 and value < (60, 60, 1000)[count - 1]

    def set_zone(self, hours: int) -> None:
        self.sign, self.hour, self.minute = -1 if hours < 0 else 1, abs(hours), 0

    def is_utc(self) -> bool:
        return self.hour == 0 and self.minute == 0

    def day(self) -> float:
        if not self.days:
            raise _Wrong
        first, second, third = self.days + [1] * (3 - len(self.days))
        if self.month is not None:
            month = self.month
            day, year = (first, second) if _is_day(first) else (second, first)
        elif self.iso or not _is_day(first):
            year, month, day = first, second, third
        else:
            month, day, year = first, second, third
        if not self.iso and 0 <= year <= 99:
            year += 2000 if year < 50 else 1900
        if not 1 <= month <= 12 or not _is_day(day) or year > _LARGEST_YEAR:
            raise _Wrong
        return make_day(year, month - 1, day)

    def time(self) -> float:
        hour, minute, second, millisecond = self.times + [0] * (4 - len(self.times))
        if self.half is not None:
            if hour > 12:
                raise _Wrong
            hour = hour % 12 + self.half
        ends_day = hour == 24 and not (minute or second or millisecond)
        if not ends_day and not (hour < 24 and minute < 60 and second < 60 and millisecond < 1000):
            raise _Wrong
        return make_time(hour, minute, second, millisecond)

    def offset(self) -> int | None:
        """Minutes; None: local time."""
        return None if self.sign is None else self.sign * (60 * (self.hour or 0) + (self.minute or 0))


def _is_day(value: int) -> bool:
    return 1 <= value <= 31


def parse_date(text: str, zone: Zone) -> float:
    """The time value of a text, NaN for one that is no date."""
    scanner = Scanner(text)
    parts = _Parts()
    try:
        _legacy(scanner, parts, _iso(scanner, parts))
        time = make_date(parts.day(), parts.time())
        offset = parts.offset()
    except _Wrong:
        return math.nan
    return time_clip(zone.to_utc(time) if offset is None else time - offset * MS_PER_MINUTE)


def _iso(scanner: Scanner, parts: _Parts) -> Token:
    """Read ECMA-262's format. The first token that is not of it, which the other grammar goes on from."""
    if scanner.next.is_sign():
        sign = scanner.take()
        if not scanner.next.is_digits(6):
            return sign
        year = scanner.take().value
        if sign.text == "-" and year == 0:
            return sign
        parts.add_day(-year if sign.text == "-" else year)
    elif scanner.next.is_digits(4):
        parts.add_day(scanner.take().value)
    else:
        return scanner.take()
    for most in (12, 31):
        if not scanner.skip("-"):
            break
        if not scanner.next.is_digits(2) or not 1 <= scanner.next.value <= most:
            return scanner.take()
        parts.add_day(scanner.take().value)
    if scanner.next.kind == "T":
        scanner.take()
        _iso_time(scanner, parts)
    elif scanner.next != END:
        return scanner.take()
    else:
        parts.set_zone(0)  # dates alone are in UTC
    parts.iso = True
    return END


def _iso_time(scanner: Scanner, parts: _Parts) -> None:
    parts.add_time(hour := _two_digits(scanner, 24))
    most = 0 if hour == 24 else 59
    _need(scanner, ":")
    parts.add_time(_two_digits(scanner, most))
    if scanner.skip(":"):
        parts.add_time(_two_digits(scanner, most))
        if scanner.skip("."):
            if scanner.next.kind != "number" or (hour == 24 and scanner.next.value > 0):
                raise _Wrong
            parts.add_time(_milliseconds(scanner.take()))
    if scanner.next.is_z():
        scanner.take()
        parts.set_zone(0)
    elif scanner.next.is_sign():
        parts.sign = -1 if scanner.take().text == "-" else 1
        if scanner.next.is_digits(4):
            parts.hour, parts.minute = divmod(scanner.take().value, 100)
            if parts.hour > 23 or parts.minute > 59:
                raise _Wrong
        else:
            parts.hour = _two_digits(scanner, 23)
            _need(scanner, ":")
            parts.minute = _two_digits(scanner, 59)
    if scanner.next != END:
        raise _Wrong


def _two_digits(scanner: Scanner, most: int) -> int:
    if not scanner.next.is_digits(2) or scanner.next.value > most:
        raise _Wrong
    return scanner.take().value


def _need(scanner: Scanner, symbol: str) -> None:
    if not scanner.skip(symbol):
        raise _Wrong


def _milliseconds(token: Token) -> int:
    """Three digits count."""
    return int(token.text[:3].ljust(3, "0"))


def _legacy(scanner: Scanner, parts: _Parts, token: Token) -> None:
    """Read what people write."""
    has_number = bool(parts.days)
    while token != END:
        if token.kind == "number":
            has_number = True
            _number(scanner, parts, token.value)
        elif token.kind == "am pm" and parts.times:
            parts.half = token.value
        elif token.kind == "month":
            parts.month = token.value
            scanner.skip("-")
        elif token.kind == "zone" and has_number:
            parts.set_zone(token.value)
        elif token.kind in ("word", "zone", "am pm", "T"):
            if has_number or scanner.next.kind == "number":
                raise _Wrong
        elif token.is_sign() and (parts.is_utc() or parts.times):
            has_number = True
            _offset(scanner, parts, token)
        elif token.kind == "symbol" and token.text in "+-)" and has_number:
            raise _Wrong
        token = scanner.take()


def _number(scanner: Scanner, parts: _Parts, value: int) -> None:
    if scanner.skip(":"):
        if scanner.skip(":"):
            if parts.times:
                raise _Wrong
            parts.times = [value, 0]
        else:
            parts.add_time(value)
            scanner.skip(".")
    elif scanner.skip(".") and parts.expects_time(value):
        parts.add_time(value)
        if scanner.next.kind != "number":
            raise _Wrong
        parts.end_time(_milliseconds(scanner.take()))
    elif parts.hour is not None and parts.minute is None and value < 60:
        parts.minute = value
    elif parts.expects_time(value):
        parts.end_time(value)
        if not (scanner.next.kind in ("end", "space") or scanner.next.is_z() or scanner.next.is_sign()):
            raise _Wrong
    else:
        parts.add_day(value)
        scanner.skip("-")


def _offset(scanner: Scanner, parts: _Parts, sign: Token) -> None:
    """Of a time zone: +h, +hh, +hmm, +hhmm, +h:mm."""
    parts.sign = -1 if sign.text == "-" else 1
    number = scanner.take() if scanner.next.kind == "number" else Token("number", "")
    if scanner.next.is_symbol(":"):
        parts.hour, parts.minute = number.value, None
    elif len(number.text) in (1, 2):
        parts.hour, parts.minute = number.value, 0
    elif len(number.text) in (3, 4):
        parts.hour, parts.minute = divmod(number.value, 100)
    else:
        raise _Wrong
