"""Programs for WASI, from the command line."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from seaofnodes.runtime.engine import Engine
from seaofnodes.wasi import Wasi
from seaofnodes.wasm.module import Module


def run_program(
    engine: Engine,
    module: Module,
    file: str,
    arguments: Sequence[str],
    directories: Sequence[str],
    environment: Sequence[str],
    timed: bool,
) -> int:
    """Run a program with this process's standard streams; gives its exit status.

    directories: `DIR` or `DIR::NAME`, as the program is to call it; environment: `NAME=VALUE`, or `NAME` for the value
    it has here. Raises Error, Trap.
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
    wasi = Wasi(
        [Path(file).name, *arguments],
        environment=variables,
        directories=given,
        stdin=0,
        stdout=1,
        stderr=2,
    )
    sys.stdout.flush()
    start = time.perf_counter()
    instance = engine.instantiate(module, wasi.imports)
    linked = time.perf_counter()
    try:
        return wasi.run(instance)
    finally:
        if timed:
            seconds = instance.data.code.compile_seconds
            spent = f"compiling {seconds['baseline']:.3f} s baseline, {seconds['optimized']:.3f} s optimized"
            total = time.perf_counter() - start
            click.echo(f"instantiated in {linked - start:.3f} s, run in {total:.3f} s; {spent}", err=True)
