"""Programs in users' languages, and graphs as text."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from seaofnodes.cli.programs.program import Run, no_function
from seaofnodes.engine import Engine
from seaofnodes.plain import json_text

if TYPE_CHECKING:
    from seaofnodes.language import Language
    from seaofnodes.passes.framework.pipeline import Pipeline
    from seaofnodes.runtime.tiers.optimize import Compilation


class SourceProgram:
    """A program of a Language in an engine; see Program."""

    def __init__(self, engine: Engine, language: Language) -> None:
        self._engine = engine
        self._language = language
        self._program = engine.load_program(language)

    def functions(self) -> list[tuple[int, str]]:
        return list(enumerate(self._program.functions))

    def find(self, name: str | None) -> int:
        names = list(self._program.functions)
        if name is None and names:
            return 0
        if name is not None and name.isdigit() and int(name) < len(names):
            return int(name)
        if name not in names:
            raise no_function(name, names)
        return names.index(str(name))

    def warm_up(self, invoke: str | None, arguments: Sequence[str], repeat: int) -> None:
        for _ in range(repeat if invoke is not None else 0):
            self._language.invoke(str(invoke), arguments)

    def compile(self, index: int, pipeline: str | Pipeline) -> Compilation:
        return self._engine.compile(self._program, index, pipeline)

    def baseline_code(self, index: int) -> str:
        raise click.UsageError("--tier baseline is for WebAssembly modules")

    def run(self, wanted: Run) -> None:
        if wanted.directories or wanted.environment or wanted.print_feedback:
            raise click.UsageError("--dir, --env and --print-feedback are for WebAssembly modules")
        name = wanted.invoke or self._main()
        text, seconds = "", []
        for _ in range(wanted.repeat):
            start = time.perf_counter()
            text = self._language.invoke(name, wanted.arguments)
            seconds.append(time.perf_counter() - start)
        if wanted.as_json:
            click.echo(json_text({"function": name, "results": text.splitlines(), "seconds": seconds}))
        elif text:
            click.echo(text)
        if wanted.timed:
            click.echo(f"{name}: best of {wanted.repeat}: {min(seconds) * 1e3:.3f} ms", err=True)

    def _main(self) -> str:
        """`main`, or the only function."""
        names = list(self._program.functions)
        if "main" in names or len(names) == 1:
            return "main" if "main" in names else names[0]
        raise click.UsageError(f"--invoke says which function to call; there are: {', '.join(names) or 'none'}")
