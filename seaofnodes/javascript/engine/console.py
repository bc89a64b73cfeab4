"""The object `console`, with the methods that print."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, TextIO

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Group, Method, tag
from seaofnodes.javascript.engine.inspect.formatting import format_values, inspect
from seaofnodes.javascript.engine.inspect.primitives import DEPTH
from seaofnodes.javascript.engine.traces import LIMIT, Traces
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.operations.conversions import to_boolean, to_float, to_text

_INDENT: Final = 2
Stream = Callable[[], TextIO]


class Console:
    """What the methods share: where they print, groups, counters, timers. They print to Python's sys.stdout and
    sys.stderr as these are then.
    """

    def __init__(self, traces: Traces) -> None:
        self._traces = traces
        self._indentation = 0
        self._counts: Counter[str] = Counter()
        self._timers: dict[str, float] = {}

    def group(self) -> Group:
        """The table of the object."""
        methods = {
            "log": self._log,
            "warn": self._warn,
            "dir": self._dir,
            "time": self._time,
            "timeEnd": self._time_end,
            "timeLog": self._time_log,
            "trace": self._trace,
            "assert": self._assert,
            "clear": self._nothing,
            "count": self._count,
            "countReset": self._count_reset,
            "group": self._group,
            "groupCollapsed": self._group,
            "groupEnd": self._group_end,
            "table": self._log,
            "debug": self._log,
            "info": self._log,
            "dirxml": self._log,
            "error": self._warn,
        }
        entries = [Method(name, 0, code, enumerable=True) for name, code in methods.items()]
        return Group("console", entries=[*entries, tag("console")])

    def write(self, text: str, stream: TextIO) -> None:
        """Print a unit string and the end of a line."""
        if self._indentation:
            indent = " " * self._indentation
            text = indent + text.replace("\n", "\n" + indent)
        write_units(text + "\n", stream)

    def _print(self, iso: Isolate, words: list[int], stream: TextIO) -> int:
        self.write(format_values(iso, words, colours=has_colours(stream)), stream)
        return iso.undefined

    def _log(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        return self._print(iso, arguments, sys.stdout)

    def _warn(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        return self._print(iso, arguments, sys.stderr)

    def _dir(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        options, depth, hidden = argument(iso, arguments, 1), float(DEPTH), False
        if iso.is_object(options):
            found = properties.get(iso, options, key_of_text(iso, "depth"))
            if found == iso.null:
                depth = float("inf")
            elif found != iso.undefined:
                depth = to_float(iso, found)
            hidden = to_boolean(iso, properties.get(iso, options, key_of_text(iso, "showHidden")))
        shown = None if depth == float("inf") else int(depth)
        word = argument(iso, arguments, 0)
        self.write(inspect(iso, word, depth=shown, colours=has_colours(sys.stdout), hidden=hidden), sys.stdout)
        return iso.undefined

    def _trace(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        text = format_values(iso, arguments)
        frames = self._traces.text(LIMIT, iso.frames[-1].function)
        self.write(("Trace: " + text if text else "Trace") + frames, sys.stderr)
        return iso.undefined

    def _assert(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        if to_boolean(iso, argument(iso, arguments, 0)):
            return iso.undefined
        rest = arguments[1:]
        if rest and iso.is_string(rest[0]):
            rest[0] = iso.string("Assertion failed: " + iso.text(rest[0]))
        else:
            rest.insert(0, iso.string("Assertion failed" + (":" if rest else "")))
        return self._print(iso, rest, sys.stderr)

    def _nothing(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        return iso.undefined

    def _label(self, iso: Isolate, arguments: list[int]) -> str:
        word = argument(iso, arguments, 0)
        return "default" if word == iso.undefined else to_text(iso, word)

    def _count(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        label = self._label(iso, arguments)
        self._counts[label] += 1
        self.write(f"{label}: {self._counts[label]}", sys.stdout)
        return iso.undefined

    def _count_reset(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        self._counts.pop(self._label(iso, arguments), None)
        return iso.undefined

    def _time(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        self._timers[self._label(iso, arguments)] = time.perf_counter()
        return iso.undefined

    def _time_log(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        label = self._label(iso, arguments)
        if label in self._timers:
            rest = format_values(iso, [iso.string(""), *arguments[1:]]) if len(arguments) > 1 else ""
            self.write(f"{label}: {_duration(time.perf_counter() - self._timers[label])}{rest}", sys.stdout)
        return iso.undefined

    def _time_end(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        self._time_log(iso, this, arguments[:1], new_target)
        self._timers.pop(self._label(iso, arguments), None)
        return iso.undefined

    def _group(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        if arguments:
            self._print(iso, arguments, sys.stdout)
        self._indentation += _INDENT
        return iso.undefined

    def _group_end(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        self._indentation = max(self._indentation - _INDENT, 0)
        return iso.undefined


def write_units(text: str, stream: TextIO) -> None:
    """Write a unit string; surrogates that stand alone become U+FFFD."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    stream.write(text)


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.3f}s"
    return f"{seconds * 1e3:.3f}".rstrip("0").rstrip(".") + "ms"


def has_colours(stream: TextIO) -> bool:
    """Does it go to a terminal? Programs' users switch colours off with NO_COLOR, as everywhere."""
    import os

    return stream.isatty() and "NO_COLOR" not in os.environ
