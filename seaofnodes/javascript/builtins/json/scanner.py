"""Texts of JSON: strings, numbers, and the messages that V8 has for what is wrong."""

from __future__ import annotations

import re
from typing import Final, NoReturn

_SPACE: Final = re.compile(r"[\t\n\r ]*")
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_HEX: Final = re.compile(r"[0-9A-Fa-f]{4}", re.ASCII)
_LINE: Final = re.compile(r"\r\n|[\n\r]")
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SPECIAL: Final = ("NaN", "Infinity", "undefined", "[object Object]")  # what people pass by mistake
_CONTEXT: Final = 10  # units on both sides that a message shows
_EXACT: Final = 15  # decimal digits that a double always has


class JsonError(Exception):
    """A text that is no JSON; its message is for a SyntaxError."""


class Scanner:
    """Attributes: text: of UTF-16 code units; at: the index of what comes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def next(self) -> str:
        """The unit that comes behind white space; "" at the end."""
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        self.at = at = match.end()
        return self.text[at : at + 1]

    def string(self) -> str:
        """A string, at whose quotation mark the scanner is."""
        text = self.text
        parts = []
        at = self.at + 1
        while True:
            match = _PLAIN.match(text, at)
            assert match is not None
            parts.append(match.group())
            at = match.end()
            unit = text[at : at + 1]
            if unit == '"':
                self.at = at + 1
                return "".join(parts)
            if unit != "\\":
                self.at = at
                self.fail("Bad control character in string literal in JSON" if unit else "Unterminated string in JSON")
            escape = text[at + 1 : at + 2]
            if escape == "u":
                found = _HEX.match(text, at + 2)
                if found is None:
                    self._fail_in_unicode_escape(at + 2)
                parts.append(chr(int(found.group(), 16)))
                at += 6
            elif escape in _ESCAPES and escape:
                parts.append(_ESCAPES[escape])
                at += 2
            else:
                self.at = at + 1
                if not escape:
                    self.fail_unexpected()
                self.fail("Bad escaped character in JSON")

    def _fail_in_unicode_escape(self, at: int) -> NoReturn:
        while self.text[at : at + 1] in frozenset("0123456789abcdefABCDEF"):
            at += 1
        self.at = at
        self.fail("Bad Unicode escape in JSON")

    def number(self) -> int | float:
        """A number, at whose first unit the scanner is."""
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            self.at += 1
            self.fail("No number after minus sign in JSON")
        self.at = match.end()
        fraction, exponent = match.groups()
        self._check_end(fraction is not None, exponent is not None)
        text = match.group()
        if fraction is None and exponent is None and len(text) <= _EXACT and text != "-0":
            return int(text)
        return float(text)

    def _check_end(self, has_fraction: bool, has_exponent: bool) -> None:
        """What stands behind a number, which may be the beginning of a wrong part of it."""
        unit = self.text[self.at : self.at + 1]
        if unit == "." and not has_fraction and not has_exponent:
            self.at += 1
            self.fail("Unterminated fractional number in JSON")
        if unit in ("e", "E") and not has_exponent:
            self.at += 1
            if self.text[self.at : self.at + 1] in ("+", "-"):
                self.at += 1
            self.fail("Exponent part is missing a number in JSON")
        if unit.isascii() and unit.isdigit() and not has_fraction and not has_exponent:
            self.fail("Unexpected number in JSON")

    def literal(self, word: str) -> None:
        """Go over `word`, whose first unit comes."""
        for unit in word:
            if self.text[self.at : self.at + 1] != unit:
                self.fail_unexpected()
            self.at += 1

    def fail(self, message: str) -> NoReturn:
        """Raise JsonError for what is at this place."""
        lines = [match.end() for match in _LINE.finditer(self.text, 0, self.at)]
        column = self.at - (lines[-1] if lines else 0) + 1
        raise JsonError(f"{message} at position {self.at} (line {len(lines) + 1} column {column})")

    def fail_unexpected(self) -> NoReturn:
        """Raise JsonError: what is at this place must not be there."""
        text, at = self.text, self.at
        if at >= len(text):
            raise JsonError("Unexpected end of JSON input")
        unit = text[at]
        if unit == '"':
            self.fail("Unexpected string in JSON")
        if unit == "-" or "0" <= unit <= "9":
            self.fail("Unexpected number in JSON")
        if text in _SPECIAL:
            raise JsonError(f'"{text}" is not valid JSON')
        before = after = ""
        start, end = 0, len(text)
        if len(text) > 2 * _CONTEXT:
            if at >= _CONTEXT:
                before, start = "...", at - _CONTEXT
            if at < len(text) - _CONTEXT:
                after, end = "...", at + _CONTEXT
        raise JsonError(f"Unexpected token '{unit}', {before}\"{text[start:end]}\"{after} is not valid JSON")
