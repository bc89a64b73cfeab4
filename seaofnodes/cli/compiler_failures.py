"""What the optimizing compiler fails at while a program runs: said at once, and the end of the command is a failure."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import click

from seaofnodes.engine import Engine
from seaofnodes.errors import OptimizerWarning
from seaofnodes.names import printable
from seaofnodes.runtime.entry.deadline import SLOWEST
from seaofnodes.runtime.tiers.events import Event, FailureEvent

_GRACE: Final = 1.0  # seconds for what is stopped to end


class _Failures:
    """An observer that prints failures. Attributes: count."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, FailureEvent):
            self.count += 1
            what = f"error: failed to optimize function {event.function_index} <{printable(event.name)}>"
            loop = f", its loop at {event.osr_offset:#x}" if event.osr_offset >= 0 else ""
            reason = "\n".join(printable(line, 1000) for line in event.reason.splitlines())
            click.echo(f"{what}{loop}{event.where}: {reason}", err=True)


@contextmanager
def failing_with_compiler(engine: Engine, wait: bool) -> Iterator[None]:
    """Inside, failures of the engine's compiler are printed; at the end they make this process exit with 1.

    wait: at the end, until the compiler's thread has done what it has begun and what waits; a pass there that cannot
    be stopped is told by name, and the process ends without it.
    """
    failures = _Failures()
    engine.observe(failures)
    code: object = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizerWarning)  # they are printed here
        try:
            yield
        except SystemExit as end:  # a program for WASI says its exit code
            code = end.code
        if wait and not _ended(engine):
            _leave(engine)
    if failures.count and not code:
        code = 1
    if code:
        sys.exit(code)  # type: ignore[arg-type]


def _ended(engine: Engine) -> bool:
    options = engine.options
    if options.time_limit is not None:
        return engine.wait_for_compiler(options.time_limit + _GRACE)
    return engine.wait_for_compiler(None if options.compile_limit is None else SLOWEST * options.compile_limit + _GRACE)


def _leave(engine: Engine) -> NoReturn:
    """The compiler's thread is somewhere where no exception reaches it, so the process would not end."""
    culprit = engine.runtime.tiers.background.culprit
    where = "" if culprit is None else f", in {culprit}"
    click.echo(f"error: the optimizing compiler does not end{where}", err=True)
    sys.stdout.flush()
    os._exit(1)
