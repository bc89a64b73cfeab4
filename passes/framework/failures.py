"""Which pass an error comes from, and the line of the pass's author that it comes from."""

from __future__ import annotations

import linecache
import os
import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from seaofnodes.files import shown_path
from seaofnodes.passes.base import Pass, run_pass

_PROJECT: Final = f"{Path(__file__).parents[2]}/"
_LIBRARY: Final = f"{os.path.dirname(os.__file__)}/"
_PACKAGES: Final = ("/site-packages/", "/dist-packages/")

_STACK: Final = re.compile(r"^(?:Current thread|Thread) 0x.*$", re.MULTILINE)  # as Python's faulthandler prints it
_FRAME: Final = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)

_RUN_PASS: Final = (run_pass.__code__.co_filename, "run_pass")

Place = tuple[str, int]  # a file and a line in it


@dataclass(frozen=True, slots=True)
class Culprit:
    """A pass that ran when an error rose. file, line: the innermost of its author's own lines that took part."""

    pass_name: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"pass {self.pass_name} ({shown_path(self.file)}:{self.line})"


def culprit_of(error: BaseException) -> Culprit | None:
    """The pass that an error comes from; None if it rose in none."""
    found: Pass | None = None
    places: list[Place] = []  # innermost last
    for one in _with_causes(error):
        for frame, line in traceback.walk_tb(one.__traceback__):
            if frame.f_code is run_pass.__code__:
                found, places = frame.f_locals["pass_"], []
            places.append((frame.f_code.co_filename, line))
    return None if found is None else _culprit(found, places)


def culprit_of_thread(thread: int | None) -> Culprit | None:
    """The pass that a thread, told by its identifier, is running now; None if it runs none."""
    frame: FrameType | None = sys._current_frames().get(thread or -1)
    places: list[Place] = []
    while frame is not None and frame.f_code is not run_pass.__code__:
        places.insert(0, (frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return None if frame is None else _culprit(frame.f_locals["pass_"], places)


def failure_text(error: BaseException) -> str:
    """Type and message of an error, and the pass that it comes from: `KeyError: 'x', in pass mine (mine.py:7)`."""
    culprit = culprit_of(error)
    return error_text(error) + ("" if culprit is None else f", in {culprit}")


def error_place(error: BaseException) -> str:
    """`mine.py:7`: the innermost line of an author where an error rose, or "" if there is none."""
    place = author_place([(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)])
    return "" if place is None else f"{shown_path(place[0])}:{place[1]}"


def place_in_stacks(text: str) -> str:
    """`mine.py:7`: the line of a pass's author in what Python's faulthandler has printed, or "" if there is none."""
    for stack in _STACK.split(text):
        frames = [(file, int(line), name) for file, line, name in reversed(_FRAME.findall(stack))]
        places = [(file, line) for file, line, _ in frames]
        callers = [at for at, (file, _, name) in enumerate(frames[:-1]) if (file, name) == _RUN_PASS]
        place = author_place(places, places[callers[-1] + 1][0] if callers else "")
        if place is not None:
            return f"{shown_path(place[0])}:{place[1]}"
    return ""


def place_text(error: BaseException) -> str:
    """A second line for an error's message: the pass that it comes from, and its author's line; "" if it is none."""
    culprit = culprit_of(error)
    if culprit is None:
        return ""
    line = linecache.getline(culprit.file, culprit.line).strip()
    return f"\n  in {culprit}" + (f": {line}" if line else "")


def error_text(error: BaseException) -> str:
    """Type and message."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def author_place(places: list[Place], own: str = "") -> Place | None:
    """The innermost place that is not of this project, of Python's library, or of a package; files beside or below
    the file `own` count, wherever that is.
    """
    folder = f"{Path(own).parent}/" if own and not own.startswith(_PROJECT) else None
    for file, line in reversed(places):
        if folder is not None and file.startswith(folder):
            return file, line
        if not file.startswith((_PROJECT, _LIBRARY, "<")) and not any(part in file for part in _PACKAGES):
            return file, line
    return None


def _culprit(pass_: Pass, places: list[Place]) -> Culprit:
    code = getattr(type(pass_).run, "__code__", None)
    own = "" if code is None else code.co_filename
    inside = next((place for place in reversed(places) if place[0] == own), (own, code.co_firstlineno if code else 0))
    return Culprit(pass_.name, *(author_place(places, own) or _rules_place(pass_) or inside))


def _rules_place(pass_: Pass) -> Place | None:
    """Of a pass that stands for a user's set of rules: where the first of them is declared."""
    rules = getattr(getattr(pass_, "rules", None), "rules", ())
    return next((rule.location for rule in rules if rule.location[0] and author_place([rule.location])), None)


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__
