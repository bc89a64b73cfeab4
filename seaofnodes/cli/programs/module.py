"""WebAssembly modules, with or without WASI."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from seaofnodes.cli.programs.phases import Phases
from seaofnodes.cli.programs.program import Run, no_function
from seaofnodes.cli.programs.values import format_results, parse_arguments
from seaofnodes.engine import Engine
from seaofnodes.errors import Error
from seaofnodes.plain import json_text
from seaofnodes.viz.feedback import feedback_of, format_feedback
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.engine.instance import Instance

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline
    from seaofnodes.runtime.tiers.optimize import Compilation

WASI = "wasi_snapshot_preview1"


class ModuleProgram:
    """A module in an engine, and its instance if it was warmed up; see Program."""

    def __init__(self, engine: Engine, file: str) -> None:
        self._phases = Phases()
        self._engine = engine
        self._file = file
        self._module = engine.load(file)
        self._phases.end("load")
        self._instance: Instance | None = None

    def functions(self) -> list[tuple[int, str]]:
        module = self._module
        return [(index, module.function_name(index)) for index in self._own()]

    def _own(self) -> range:
        return range(self._module.imported_functions, len(self._module.functions))

    def find(self, name: str | None) -> int:
        """By name, name of an export, or index."""
        module, own = self._module, self._own()
        if not own:
            raise Error("the module has no functions of its own")
        if name is None:
            return own[0]
        if name.isdigit() and int(name) in own:
            return int(name)
        names = {module.function_name(index): index for index in own}
        names |= {e.name: e.index for e in module.exports if e.kind == "function" and e.index in own}
        if name not in names:
            raise no_function(name, names)
        return names[name]

    def warm_up(self, invoke: str | None, arguments: Sequence[str], repeat: int) -> None:
        if invoke is None:
            return
        self._instance = self._engine.instantiate(self._module)
        exported = find_export(self._instance, invoke)
        assert exported is not None
        values = parse_arguments(exported, arguments)
        for _ in range(repeat):
            exported(*values)

    def compile(self, index: int, pipeline: str | Pipeline) -> Compilation:
        return self._engine.compile(self._instance or self._module, index, pipeline)

    def baseline_code(self, index: int) -> str:
        from seaofnodes.runtime.tiers.compile import compile_baseline_tier
        from seaofnodes.viz.listing import format_code

        return format_code(compile_baseline_tier(self._engine.module_code(self._module), index), self._module)

    def run(self, wanted: Run) -> None:
        wasi = None
        ending: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
        if any(needed.module == WASI for needed in self._module.imports):
            from seaofnodes.cli.programs.wasi import exiting, host_of, run_program

            ending = exiting()
            arguments = wanted.arguments if wanted.invoke is None else ()
            wasi = host_of(self._file, arguments, wanted.directories, wanted.environment)
        elif wanted.directories or wanted.environment:
            raise click.UsageError("--dir and --env are for programs that use WASI")
        with ending:
            if wasi is not None and wanted.invoke is None:
                sys.exit(run_program(self._engine, self._module, wasi, self._phases if wanted.timed else None))
            instance = self._engine.instantiate(self._module, None if wasi is None else wasi.imports)
            self._phases.end("instantiate")
            function = find_export(instance, wanted.invoke)
            if function is None:
                return
            values = parse_arguments(function, wanted.arguments)
            if wasi is not None:
                wasi.initialize(instance)
            results, seconds = _call(function, values, wanted.repeat)
        self._phases.end("run")
        _show(wanted, instance, function, results, seconds)
        if wanted.timed and not wanted.as_json:
            click.echo(self._phases.report(self._engine, self._module), err=True)
            click.echo(f"{function.name}: best of {wanted.repeat}: {min(seconds) * 1e3:.3f} ms", err=True)


def _call(function: Function, values: Sequence[object], repeat: int) -> tuple[object, list[float]]:
    """(results of the last call, seconds of each)."""
    results: object = None
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        results = function(*values)
        seconds.append(time.perf_counter() - start)
    return results, seconds


def _show(wanted: Run, instance: Instance, function: Function, results: object, seconds: Sequence[float]) -> None:
    if wanted.as_json:
        shown = list(results) if isinstance(results, tuple) else [] if results is None else [results]
        found = {"function": function.name, "results": shown, "seconds": seconds}
        if wanted.print_feedback:
            found["feedback"] = list(feedback_of(instance.data))
        click.echo(json_text(found, default=repr))
        return
    if text := format_results(results):
        click.echo(text)
    if wanted.print_feedback:
        click.echo(format_feedback(instance.data))


def find_export(instance: Instance, name: str | None) -> Function | None:
    """The exported function of that name; without a name `_start` or `main`, if there is one. Raises Error."""
    functions = {key: value for key, value in instance.exports.items() if isinstance(value, Function)}
    if name is None:
        return functions.get("_start") or functions.get("main")
    if name not in functions:
        raise no_function(name, functions, "exported function", among=True)
    return functions[name]
