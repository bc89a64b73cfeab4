"""Programs for WASI, from the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from seaofnodes.cli.phases import Phases
from seaofnodes.runtime.engine import Engine
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
        stdin=0,
        stdout=1,
        stderr=2,
    )


@contextmanager
def exiting() -> Iterator[None]:
    """proc_exit in here ends this command with that status."""
    try:
        yield
    except Exit as end:
        sys.exit(end.status)


def run_program(engine: Engine, module: Module, wasi: Wasi, phases: Phases | None) -> int:
    """Run a program; gives its exit status. phases: what to add to and print. Raises Error, Trap."""
    sys.stdout.flush()
    instance = engine.instantiate(module, wasi.imports)
    if phases is not None:
        phases.end("instantiate")
    try:
        return wasi.run(instance)
    finally:
        if phases is not None:
            phases.end("run")
            click.echo(phases.report(engine, module), err=True)
