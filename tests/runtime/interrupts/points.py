"""Points at which KeyboardInterrupt is raised: between two bytecodes of the engine's Python, or before a line."""

from __future__ import annotations

import random
import sysconfig
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Final, NamedTuple

ENGINE: Final = str(Path(__file__).resolve().parents[3] / "seaofnodes") + "/"
RUNTIME: Final = ENGINE + "runtime/"
_CLOSELY: Final = (RUNTIME, ENGINE + "wasm/engine/")  # whose places are tried several times
LIBRARY: Final = str(Path(sysconfig.get_path("stdlib"))) + "/"
_NOT: Final = tuple(LIBRARY + name for name in ("importlib/", "site-packages/", "dist-packages/"))

LINE: Final = "line"  # raised where a line of Python begins
OPCODE: Final = "opcode"  # raised before an instruction
SIGNAL: Final = "signal"  # SIGINT comes before an instruction; Python hears it at its next check
NONE: Final = "none"  # nowhere: how it is without an interrupt
MODES: Final = (LINE, OPCODE, SIGNAL)


def is_interesting(file: str) -> bool:
    """Is that a file of the engine, or one of the standard library that the engine may call? Importing is left out."""
    return file.startswith(ENGINE) or file.startswith(LIBRARY) and not file.startswith(_NOT)


class Place(NamedTuple):
    """file, first, function: where the function is defined, and its qualified name; at: a line, or the offset of an
    instruction.
    """

    file: str
    first: int
    function: str
    at: int


class Point(NamedTuple):
    """The nth time (from 1) that the interpreter comes by a place."""

    mode: str
    place: Place
    nth: int

    def __str__(self) -> str:
        file = short(self.place.file)
        what = f"{file}:{self.place.at}" if self.mode == LINE else f"{file}:{self.place.first}+{self.place.at}"
        return f"{self.mode} {what} {self.place.function} #{self.nth}"

    def spelled(self) -> str:
        """As `parse` reads it."""
        place = self.place
        return ",".join((self.mode, short(place.file), str(place.first), place.function, str(place.at), str(self.nth)))


def short(file: str) -> str:
    """A path as people read it."""
    return file.removeprefix(ENGINE).removeprefix(LIBRARY)


def parse(text: str) -> Point:
    """What `spelled` gave."""
    mode, file, first, function, at, nth = text.split(",")
    whole = ENGINE + file if Path(ENGINE + file).exists() else LIBRARY + file
    return Point(mode, Place(whole, int(first), function, int(at)), int(nth))


class Seen(NamedTuple):
    """How often a scenario comes by each place: lines, and instructions."""

    lines: Counter[Place]
    instructions: Counter[Place]


def occurrences(count: int, most: int) -> list[int]:
    """Which of `count` times are tried: the first, the last, some in between."""
    chosen = [1, count, 2, (count + 1) // 2][:most]
    return sorted({nth for nth in chosen if 1 <= nth <= count})


def all_points(seen: Seen, modes: Collection[str], known: Counter[tuple[str, Place]]) -> list[Point]:
    """The points of a scenario that are worth a try: places in the runtime and in instances several times, others once,
    some once in all scenarios together. known: how many of these have come by a place so far.
    """
    found = []
    for mode in modes:
        for place, count in (seen.lines if mode == LINE else seen.instructions).items():
            known[mode, place] += 1
            again, runtime = known[mode, place], place.file.startswith(_CLOSELY)
            if again <= (6 if runtime and mode == LINE else 3 if runtime else 1 if mode != LINE else 2):
                most = 4 if runtime and mode == LINE else 2 if runtime else 1
                found += [Point(mode, place, nth) for nth in occurrences(count, most)]
    return found


def nowhere() -> Point:
    """No interrupt at all."""
    return Point(NONE, Place("", 0, "", 0), 1)


def sample(points: list[Point], count: int, seed: int = 0) -> list[Point]:
    """So many of them, the same each time: lines first, of the runtime before others, each once before any again."""

    def order(point: Point) -> tuple[bool, bool, int, float]:
        runtime = point.place.file.startswith(_CLOSELY)
        return (point.mode != LINE, not runtime, point.nth, draw.random())

    draw = random.Random(seed)
    return sorted(points, key=order)[:count]


