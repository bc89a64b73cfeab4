"""Partial matches: lines that a graph's text must have, in this order, whatever stands between them.

    %sum = Int32Add(%x, %y)           # %name: a node, the same one wherever the name stands
    not: ... = Word32And(...)         # nowhere between the lines that are found above and below; ...: any text
    2 times: ... = Load[...](...)     # so often between them
    next: ... = Return[1](%sum, ...)  # on the next line

As LLVM's FileCheck, but where the first line that fits a pattern leaves no place for the rest, the next one is tried.
`not:` and `times:` are checked when all others have their places, and choose none: names that only they have stand for
any node, in each line anew.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from seaofnodes.errors import Error
from seaofnodes.ir.graph import Graph
from seaofnodes.testing.graphs import Transformed, canonical_text

_DIRECTIVE: Final = re.compile(r"(?:(?P<count>\d+) times?|(?P<word>\w+)):\s+(?P<rest>.*)")
_PLAIN: Final = ("fired",)  # words before a colon that lines of a text have themselves
_HOLE: Final = re.compile(r"%(\w+)|\.\.\.")
_TRIES: Final = 200_000
Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of the patterns. number: from 1; count: how often a line of kind "times" must fit."""

    number: int
    written: str
    kind: Literal["then", "next", "times"]
    text: str
    count: int = 0

    def fits(self, line: str, names: Names) -> dict[str, str] | None:
        """The nodes that names stand for if the line fits; names: what they stood for before."""
        seen = dict.fromkeys(names)
        parts, end = [], 0
        for hole in _HOLE.finditer(self.text):
            parts.append(re.escape(self.text[end : hole.start()]))
            end, name = hole.end(), hole[1]
            if name is None:
                parts.append(".*")
            elif name in names:
                parts.append(rf"\b{names[name]}\b")
            else:
                parts.append(rf"\b(?P=n{name})\b" if name in seen else rf"\b(?P<n{name}>n\d+)\b")
                seen[name] = None
        found = re.fullmatch("".join(parts) + re.escape(self.text[end:]), line)
        return None if found is None else {**names, **{n[1:]: node for n, node in found.groupdict().items()}}


def assert_matches(patterns: str, graph: str | Graph | Transformed) -> dict[str, str]:
    """Assert that lines occur in a graph's text in order; gives the nodes that names stand for, as `{"sum": "n5"}`.

    Args: patterns: see above, with `#` before comments; graph: what `transform` gave, a graph, or a text. Nodes are
    numbered in order of appearance, as in `Transformed.text`; a text is taken as it is. Raises AssertionError with the
    nearest line and the text, Error for patterns that make no sense.
    """
    if not isinstance(graph, str):
        graph = graph.text if isinstance(graph, Transformed) else canonical_text(graph)
    wanted = read_patterns(patterns)
    lines = [" ".join(line.split("  ;")[0].split()) for line in graph.splitlines()]
    search = _Search([one for one in wanted if one.kind != "times"], lines)
    names = search.rest(0, 0, {}, ())
    if names is not None:
        _check_counts(wanted, search, names)
        return names
    raise AssertionError(search.failure())


def read_patterns(text: str) -> list[Pattern]:
    """Raises Error for a word that is unknown, a first line `next:`, and no lines at all."""
    found: list[Pattern] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = " ".join(re.sub(r"(^|\s)#.*", "", raw).split())
        if not line:
            continue
        match = _DIRECTIVE.fullmatch(line)
        if match is None or match["word"] in _PLAIN:
            found.append(Pattern(number, line, "then", line))
        elif match["word"] == "next":
            if not any(one.kind != "times" for one in found) or found[-1].kind == "times":
                raise Error(f"line {number}: `next:` needs a line before it that is found")
            found.append(Pattern(number, line, "next", match["rest"]))
        elif match["word"] in (None, "not"):
            found.append(Pattern(number, line, "times", match["rest"], int(match["count"] or 0)))
        else:
            raise Error(f"line {number}: {match['word']!r} is neither `next:`, `not:` nor `3 times:`")
    if not found:
        raise Error("no lines to look for")
    return found


@dataclass(slots=True)
class _Failure:
    """How far a try came. start: the line from which on none fits; at: of each pattern before it, its line."""

    pattern: Pattern
    start: int
    names: Names
    at: tuple[int, ...]
    why: str


@dataclass(slots=True)
class _Search:
    """Places for patterns of kinds "then" and "next". at: the lines they have in the end."""

    patterns: Sequence[Pattern]
    lines: Sequence[str]
    worst: _Failure | None = None
    at: tuple[int, ...] = ()
    tries: int = 0
    dead: set[tuple[int, int, frozenset[tuple[str, str]]]] = field(default_factory=set)

    def rest(self, index: int, start: int, names: Names, at: tuple[int, ...]) -> dict[str, str] | None:
        """Fit the patterns from `index` on into the lines from `start` on; gives the names. Raises Error if that takes
        too long.
        """
        if index == len(self.patterns):
            self.at = at
            return dict(names)
        key = (index, start, frozenset(names.items()))
        if key in self.dead:
            return None
        self.dead.add(key)
        pattern = self.patterns[index]
        end = min(start + 1, len(self.lines)) if pattern.kind == "next" else len(self.lines)
        fitted = False
        for line in range(start, end):
            self.tries += 1
            if self.tries > _TRIES:
                raise Error("the patterns fit in too many ways: say more in their first lines")
            bound = pattern.fits(self.lines[line], names)
            if bound is not None:
                fitted = True
                found = self.rest(index + 1, line + 1, bound, (*at, line))
                if found is not None:
                    return found
        if not fitted and (self.worst is None or index > len(self.worst.at)):
            why = "the next line is another one" if pattern.kind == "next" else "no line fits"
            self.worst = _Failure(pattern, start, names, at, why)
        return None

    def failure(self) -> str:
        """What did not fit, the nearest line (`?`), and the text with the numbers of the patterns that did."""
        worst = self.worst
        assert worst is not None
        known = ", ".join(f"%{name} = {node}" for name, node in worst.names.items() if f"%{name}" in worst.pattern.text)
        text = (
            f"line {worst.pattern.number} of the patterns: {worst.pattern.written}{f'  ({known})' if known else ''}\n"
        )
        text += f"{worst.why}{f' after: {self.lines[worst.at[-1]]}' if worst.at else ''}\n"
        nearest = self._nearest(worst)
        if nearest >= 0:
            text += f"nearest: {self.lines[nearest]}\n"
        marks = {line: str(one.number) for line, one in zip(worst.at, self.patterns, strict=False)}
        return text + self.shown({**marks, nearest: "?"})

    def shown(self, marks: Mapping[int, str]) -> str:
        """The text with marks before its lines."""
        return "".join(f"{marks.get(number, ''):>3} {line}\n" for number, line in enumerate(self.lines))

    def _nearest(self, failure: _Failure) -> int:
        """The line below the last match that is most like the pattern; of all lines if none is left below."""
        wanted = re.sub(r"%(\w+)", lambda name: failure.names.get(name[1], "n"), failure.pattern.text)
        places = range(failure.start, len(self.lines)) or range(len(self.lines))
        if failure.pattern.kind == "next":
            places = range(failure.start, min(failure.start + 1, len(self.lines)))
        return max(places, key=lambda at: difflib.SequenceMatcher(None, wanted, self.lines[at]).ratio(), default=-1)


def _check_counts(patterns: Sequence[Pattern], found: _Search, names: Names) -> None:
    """Raise AssertionError for the first pattern of kind "times" that fits more or less often than it says."""
    places = [-1, *found.at, len(found.lines)]
    passed = 0  # patterns of the other kinds
    for pattern in patterns:
        if pattern.kind != "times":
            passed += 1
            continue
        between = range(places[passed] + 1, places[passed + 1])
        fitting = [line for line in between if pattern.fits(found.lines[line], names) is not None]
        if len(fitting) != pattern.count:
            marks = {line: str(one.number) for line, one in zip(found.at, found.patterns, strict=True)}
            text = found.shown({**marks, **dict.fromkeys(fitting, "!")})
            lines = f"{len(fitting)} line{'' if len(fitting) == 1 else 's'}"
            raise AssertionError(f"line {pattern.number} of the patterns: {pattern.written}\n{lines} there (!)\n{text}")
