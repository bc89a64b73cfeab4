"""Programs for WASI, from the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from seaofnodes.cli.output import exit_code
from seaofnodes.cli.programs.phases import Phases
from seaofnodes.engine import Engine
from seaofnodes.wasi import Exit, Wasi
from seaofnodes.wasm.module import Module


def host_of(file: str, arguments: Sequence[str], directories: Sequence[str], environment: Sequence[str]) -> Wasi:
    """A host with this process's standard streams.

    directories: `DIR` or `DIR::NAME`, as the program is to call it; environment: `NAME=VALUE`, or `NAME` for the value
    it has here. Raises Error.
    """
    given: dict[str, str] = {}
    for text in directories:
        path, colons, name = text.partition("::")
        given[name if colons else path] = path
    variables: dict[str, str] = {}
    for text in environment:
        name, equals, value = text.partition("=")
        if equals or name in os.environ:
            variables[name] = value if equals else os.environ[name]
    return Wasi(
        [Path(file).name, *arguments],
        environment=variables,
        directories=given,
        stdin=0 if sys.stdin is not None else None,  # one that was closed is another file by now
        stdout=1 if sys.stdout is not None else None,
        stderr=2 if sys.stderr is not None else None,
    )


@contextmanager
def exiting() -> Iterator[None]:
    """proc_exit in here ends this command with that status."""
    try:
        yield
    except Exit as end:
        sys.exit(exit_code(end.status))


def run_program(engine: Engine, module: Module, wasi: Wasi, phases: Phases | None) -> int:
    """Run a program; gives its exit code. phases: what to add to and print. Raises Error, Trap."""
    instance = engine.instantiate(module, wasi.imports)
    if phases is not None:
        phases.end("instantiate")
    try:
        return exit_code(wasi.run(instance))
    finally:
        if phases is not None:
            phases.end("run")
            click.echo(phases.report(engine, module), err=True)
