"""What the parts of the inspector ask of each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import Key


@dataclass(frozen=True, slots=True)
class Parts:
    """What is between the braces before an object's properties.

    columns: may the texts stand in columns? numbers: are all of them numbers, which are aligned right? more: is the
    last one a note on what is left out?
    """

    texts: list[str]
    columns: bool = False
    numbers: bool = False
    more: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """How an object is shown: as `base` if it has no properties and no braces of its own; else base, braces, parts (a
    function of the level of what is inside), extra (names and values that are no properties) and properties. array: is
    it called "Array" where it is too deep? empty: its text if it has no properties; indices: are properties shown whose
    keys are indices?
    """

    base: str = ""
    braces: tuple[str, str] | None = None
    parts: Callable[[int], Parts] | None = None
    array: bool = False
    empty: str | None = None
    indices: bool = True
    extra: Sequence[tuple[str, int]] = ()


class Shower(Protocol):
    """Shows values; see Inspector."""

    iso: Isolate
    indentation: int
    hidden: bool

    def value(self, word: int, level: int) -> str: ...

    def primitive(self, word: int) -> str: ...

    def styled(self, text: str, kind: str) -> str: ...

    def keys(self, word: int) -> list[Key]: ...

    def listed(self, word: int, level: int, keys: Sequence[Key], form: Form) -> str: ...
