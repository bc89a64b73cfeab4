"""The object `process`: what programs use of node's."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

from seaofnodes.errors import Error
from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.make import make
from seaofnodes.javascript.builtins.table import Constant, Function, Group, Method, tag
from seaofnodes.javascript.engine.console import write_units
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.operations.conversions import to_float, to_int32, to_text
from seaofnodes.javascript.parse.words import to_units

_NANOSECONDS: Final = 1_000_000_000


class Exit(Error):
    """The program has called process.exit. Attributes: code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the program exited with code {code}")
        self.code = code


def exit_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """process.exit(code). Raises Exit."""
    code = argument(iso, arguments, 0)
    raise Exit(exit_code(iso) if code == iso.undefined else to_int32(iso, code) & 0xFF)


def exit_code(iso: Isolate) -> int:
    """What process.exitCode says; 0 unless the program has set it."""
    process = properties.get(iso, iso.realm.global_object, iso.name("process"))
    code = properties.get(iso, process, iso.name("exitCode")) if iso.is_object(process) else iso.undefined
    return 0 if code == iso.undefined else to_int32(iso, code) & 0xFF


def hrtime(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """process.hrtime(earlier): seconds and nanoseconds, since then if that is given."""
    now = time.perf_counter_ns()
    earlier = argument(iso, arguments, 0)
    if earlier != iso.undefined:
        seconds, rest = (to_float(iso, properties.get(iso, earlier, ~index)) for index in range(2))
        now -= int(seconds) * _NANOSECONDS + int(rest)
    return factory.new_array(iso, [iso.number(part) for part in divmod(now, _NANOSECONDS)])


def hrtime_bigint(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """process.hrtime.bigint()"""
    return iso.bigint(time.perf_counter_ns())


def cwd(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """process.cwd()"""
    return iso.string(to_units(str(Path.cwd())))


def uptime(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """process.uptime(): seconds that the process has taken."""
    return iso.number(time.process_time())


def new_process(iso: Isolate, argv: list[str]) -> int:
    """A new object `process`. argv: its property of that name."""

    def arguments(iso: Isolate) -> int:
        return factory.new_array(iso, [iso.string(to_units(text)) for text in argv])

    def environment(iso: Isolate) -> int:
        found = factory.new_object(iso)
        for name, value in os.environ.items():
            properties.create_data(iso, found, key_of_text(iso, to_units(name)), iso.string(to_units(value)))
        return found

    return _new(
        iso,
        Group(
            "process",
            entries=(
                tag("process"),
                _shown("argv", arguments),
                _shown("env", environment),
                _shown("platform", sys.platform),
                _shown("pid", os.getpid()),
                _shown("exitCode", None),
                _shown("stdout", lambda iso: _new_stream(iso, lambda: sys.stdout)),
                _shown("stderr", lambda iso: _new_stream(iso, lambda: sys.stderr)),
                _shown("hrtime", _new_hrtime),
                Method("cwd", 0, cwd, enumerable=True),
                Method("exit", 1, exit_, enumerable=True),
                Method("uptime", 0, uptime, enumerable=True),
            ),
        ),
    )


def _new_stream(iso: Isolate, stream: Callable[[], TextIO]) -> int:
    def write(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        write_units(to_text(iso, argument(iso, arguments, 0)), stream())
        return iso.true

    return _new(iso, Group("stream", entries=(Method("write", 1, write, enumerable=True),)))


def _new_hrtime(iso: Isolate) -> int:
    function = Function(1, hrtime, constructs=False)
    bigint = Method("bigint", 0, hrtime_bigint, enumerable=True)
    return _new(iso, Group("hrtime", constructor=function, entries=(bigint,)))


def _new(iso: Isolate, group: Group) -> int:
    return make(iso, group, iso.held.append)


def _shown(name: str, value: float | str | Callable[[Isolate], int] | None) -> Constant:
    return Constant(name, value, writable=True, enumerable=True, configurable=True)
