"""Texts of JSON to values."""

from __future__ import annotations

from dataclasses import dataclass, field

from seaofnodes.javascript.builtins.json.scanner import Scanner
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.factory import new_array, new_object
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.words import Key


@dataclass(slots=True)
class Source:
    """Where a value comes from (JSON Parse Record). value: the word; text: of what is no object; elements: of an array;
    entries: of an object.
    """

    value: int
    text: str | None = None
    elements: list[Source] = field(default_factory=list)
    entries: dict[Key, Source] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """An object (None: an array) whose end has not been read. mark: length of `held` when it began; key: of the value
    that comes; words: of an array; parts: sources, of an array in order.
    """

    object: int | None
    mark: int
    key: Key = 0
    words: list[int] = field(default_factory=list)
    parts: list[Source] = field(default_factory=list)
    entries: dict[Key, Source] = field(default_factory=dict)


class Parser:
    """Makes the value of a text. The words that it makes are in `held`, those of arrays until these are complete; all
    of them where sources are asked for.
    """

    def __init__(self, iso: Isolate, text: str, with_sources: bool = False) -> None:
        self._iso = iso
        self._scanner = Scanner(text)
        self._sources = with_sources

    def parse(self) -> Source:
        """The value. Raises JsonError."""
        scanner = self._scanner
        stack: list[_Open] = []
        while True:
            found = self._begin(stack)
            if found is None:
                continue
            while stack:
                inner = stack[-1]
                self._add(inner, found)
                unit = scanner.next()
                if unit == ",":
                    scanner.at += 1
                    if inner.object is not None:
                        inner.key = self._key("Expected double-quoted property name in JSON")
                    break
                if unit != ("]" if inner.object is None else "}"):
                    self._fail_behind(inner, unit)
                scanner.at += 1
                found = self._end(stack.pop())
            else:
                if scanner.next():
                    scanner.fail("Unexpected non-whitespace character after JSON")
                return found

    def _begin(self, stack: list[_Open]) -> Source | None:
        """Read a value, or, if that is not empty, the beginning of an object or array, which goes to the stack."""
        iso, scanner = self._iso, self._scanner
        unit = scanner.next()
        start = scanner.at
        if unit == "{":
            inner = _Open(new_object(iso), len(iso.held))
            scanner.at += 1
            if scanner.next() == "}":
                scanner.at += 1
                return self._end(inner)
            inner.key = self._key("Expected property name or '}' in JSON")
            stack.append(inner)
            return None
        if unit == "[":
            scanner.at += 1
            inner = _Open(None, len(iso.held))
            if scanner.next() == "]":
                scanner.at += 1
                return self._end(inner)
            stack.append(inner)
            return None
        word = self._primitive(unit)
        return Source(word, scanner.text[start : scanner.at] if self._sources else None)

    def _primitive(self, unit: str) -> int:
        iso, scanner = self._iso, self._scanner
        if unit == '"':
            return iso.string(scanner.string())
        if unit == "-" or "0" <= unit <= "9":
            return iso.number(scanner.number())
        for literal, word in (("true", iso.true), ("false", iso.false), ("null", iso.null)):
            if unit == literal[0]:
                scanner.literal(literal)
                return word
        scanner.fail_unexpected()

    def _key(self, message: str) -> Key:
        scanner = self._scanner
        if scanner.next() != '"':
            scanner.fail(message)
        key = key_of_text(self._iso, scanner.string())
        if scanner.next() != ":":
            scanner.fail("Expected ':' after property name in JSON")
        scanner.at += 1
        return key

    def _add(self, inner: _Open, found: Source) -> None:
        iso = self._iso
        if inner.object is None:
            inner.words.append(found.value)
        else:
            properties.create_data(iso, inner.object, inner.key, found.value)
        if self._sources:
            inner.parts.append(found)
            inner.entries[inner.key] = found
        elif inner.object is not None:
            del iso.held[inner.mark :]

    def _end(self, inner: _Open) -> Source:
        iso = self._iso
        if inner.object is None:
            word = new_array(iso, inner.words)
            if not self._sources:
                del iso.held[inner.mark :]
            iso.held.append(word)
            return Source(word, None, inner.parts)
        return Source(inner.object, None, [], inner.entries)

    def _fail_behind(self, inner: _Open, unit: str) -> None:
        scanner = self._scanner
        if inner.object is None:
            scanner.fail("Expected ',' or ']' after array element in JSON")
        scanner.fail("Expected ',' or '}' after property value in JSON")
