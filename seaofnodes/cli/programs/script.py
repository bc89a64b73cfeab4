"""JavaScript."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seaofnodes.cli.programs.program import Run, no_function
from seaofnodes.engine import Engine
from seaofnodes.errors import JavaScriptError, UnsupportedError
from seaofnodes.javascript.engine.handles import JavaScriptFunction, JavaScriptValue
from seaofnodes.javascript.engine.program import JavaScriptProgram, read_source
from seaofnodes.plain import json_text

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline
    from seaofnodes.runtime.tiers.optimize import Compilation


class ScriptProgram:
    """A script in an engine; see Program. It runs when it is first needed."""

    def __init__(self, engine: Engine, file: str, module: bool = False) -> None:
        """file: "-" is standard input; module: does `run` run the file as node does, as a module with `require`?"""
        self._engine = engine
        self._module = module and file != "-"
        if file == "-":
            self._text, self._file = read_source(sys.stdin.buffer.read(), "[stdin]")
        else:
            self._text, self._file = read_source(file)
        self._program: JavaScriptProgram | None = None
        self._seconds: list[tuple[float, str]] = []

    def print_tree(self) -> None:
        from seaofnodes.javascript.parse import parse_script
        from seaofnodes.javascript.parse.printer import print_tree

        click.echo(print_tree(parse_script(self._text, self._file)), nl=False)

    def print_bytecode(self) -> None:
        from seaofnodes.javascript.bytecode.printer import print_all
        from seaofnodes.javascript.bytecode.script import ScriptCode
        from seaofnodes.javascript.parse import parse_script

        click.echo(print_all(ScriptCode(parse_script(self._text, self._file))), nl=False)

    def _load(self) -> JavaScriptProgram:
        if self._program is None:
            self._program = JavaScriptProgram(self._engine.javascript, self._text, self._file)
        return self._program

    def functions(self) -> list[tuple[int, str]]:
        return list(enumerate(self._functions(self._load())))

    def _functions(self, program: JavaScriptProgram) -> dict[str, JavaScriptFunction]:
        found = {name: program.globals[name] for name in program.globals}
        return {name: value for name, value in found.items() if isinstance(value, JavaScriptFunction)}

    def find(self, name: str | None) -> int:
        names = list(self._functions(self._load()))
        if name is None and names:
            return 0
        if name not in names:
            raise no_function(name, names)
        return names.index(str(name))

    def warm_up(self, invoke: str | None, arguments: Sequence[str], repeat: int) -> None:
        program = self._load()
        for _ in range(repeat if invoke is not None else 0):
            program.call(str(invoke), *map(parse_argument, arguments))

    def compile(self, index: int, pipeline: str | Pipeline) -> Compilation:
        raise UnsupportedError("JavaScript: there is no optimizing compiler for it yet")

    def baseline_code(self, index: int) -> str:
        from seaofnodes.viz.listing import format_code

        name, function = list(self._functions(self._load()).items())[index]
        found = self._engine.javascript.machine_code(function)
        if found is None:
            raise UnsupportedError(f"{name} is a function of the library")
        return format_code(found, self._engine.javascript)

    def _print_feedback(self) -> None:
        for name, slots in self._engine.javascript.feedback():
            click.echo(f"{name or '(anonymous)'}:")
            for found in slots:
                place = f"slot #{found.slot}" if found.slot >= 0 else f"offset {found.offset}"
                click.echo(f"  {place} {found.kind}{' ' if found.text else ''}{found.text}")

    def run(self, wanted: Run) -> None:
        if wanted.directories or wanted.environment:
            raise click.UsageError("--dir and --env are for WebAssembly modules")
        if self._module and wanted.invoke is None:
            self._run_module(wanted)
            return
        with uncaught():
            program = self._timed("load and run", self._load)
            if wanted.invoke is None:
                result, seconds = None, [self._seconds[0][0]]
            else:
                result, seconds = self._call(program, wanted)
        if wanted.as_json:
            results = [] if result is None else [result]
            click.echo(json_text({"function": wanted.invoke, "results": results, "seconds": seconds}, default=repr))
        elif result is not None:
            click.echo(result)
        if wanted.print_feedback:
            self._print_feedback()
        self._print_times(wanted)

    def _run_module(self, wanted: Run) -> None:
        """Raises SystemExit where the program says its exit code."""
        from seaofnodes.javascript.engine.commonjs.modules import run_main
        from seaofnodes.javascript.engine.commonjs.process_object import Exit, exit_code

        host = self._engine.javascript
        path = Path(self._file).absolute()
        argv = [str(Path(sys.argv[0]).absolute()), str(path), *wanted.arguments]
        code = 0
        with uncaught():
            try:
                self._timed("load and run", lambda: host.run(lambda: run_main(host, path, argv)))
                code = host.run(lambda: exit_code(host.iso))
            except Exit as end:
                code = end.code
        if wanted.as_json:
            seconds = [self._seconds[0][0]]
            click.echo(json_text({"function": None, "results": [], "seconds": seconds}, default=repr))
        if wanted.print_feedback:
            self._print_feedback()
        self._print_times(wanted)
        if code:
            sys.exit(code)

    def _print_times(self, wanted: Run) -> None:
        if wanted.timed:
            click.echo("\n".join(f"{seconds:8.3f} s  {what}" for seconds, what in self._seconds), err=True)

    def _call(self, program: JavaScriptProgram, wanted: Run) -> tuple[str, list[float]]:
        assert wanted.invoke is not None
        functions = self._functions(program)
        if wanted.invoke not in functions:
            raise no_function(wanted.invoke, functions, "global function", among=True)
        function = functions[wanted.invoke]
        arguments = [parse_argument(text) for text in wanted.arguments]
        value: Any = None
        first = len(self._seconds)
        for _ in range(wanted.repeat):
            value = self._timed(wanted.invoke, lambda: function(*arguments))
        return self._engine.javascript.text_of(value), [seconds for seconds, _ in self._seconds[first:]]

    def _timed(self, what: str, function: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        try:
            return function()
        finally:
            self._seconds.append((time.perf_counter() - begun, what))


def parse_argument(text: str) -> object:
    """An argument of a function: JSON where it is that, a string otherwise."""
    import json

    try:
        return json.loads(text)
    except ValueError:
        return text


@contextmanager
def uncaught() -> Iterator[None]:
    """An exception that JavaScript does not catch in here ends this command, as it ends node."""
    try:
        yield
    except JavaScriptError as error:
        sys.stdout.flush()
        click.echo(uncaught_text(error), err=True)
        sys.exit(1)


def uncaught_text(error: JavaScriptError) -> str:
    """Where it was thrown, with the line of the source, and the exception."""
    if error.place is None:
        return f"Uncaught {error.stack}"
    file, line, column, source = error.place
    gap = "\n" if isinstance(error.thrown, JavaScriptValue) and error.message + error.name else ""
    indent = "".join("\t" if c == "\t" else " " for c in source[: column - 1])
    return f"{file}:{line}\n{source}\n{indent}^\n{gap}{error.stack}"
