"""`seaofnodes compile`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import click

from seaofnodes.cli.limits import compile_limit_option
from seaofnodes.cli.load import load_option, load_pipelines
from seaofnodes.cli.output import write_text
from seaofnodes.cli.programs.reading import read_program
from seaofnodes.engine import Engine
from seaofnodes.plain import json_text
from seaofnodes.runtime.tiers.optimize import Compilation


def _graph(compilation: Compilation) -> str:
    from seaofnodes.ir.text import format_graph

    return format_graph(compilation.graph)


def _schedule(compilation: Compilation) -> str:
    from seaofnodes.viz.schedule import format_schedule

    return format_schedule(compilation.backend.schedule)


def _code(compilation: Compilation) -> str:
    from seaofnodes.viz.listing import format_code

    return format_code(compilation.code, compilation.unit)


def _turbolizer(compilation: Compilation) -> str:
    from seaofnodes.viz.turbolizer import to_turbolizer

    return json_text(to_turbolizer(compilation))


def _dot(compilation: Compilation) -> str:
    from seaofnodes.viz.dot import to_dot

    source: str = to_dot(compilation.graph).source
    return source


def _svg(compilation: Compilation) -> str:
    from seaofnodes.viz.layout.svg import graph_to_svg

    return graph_to_svg(compilation.graph, compilation.unit.function_name, compilation.backend.schedule)


def _summary(compilation: Compilation) -> str:
    from seaofnodes.viz.summary import format_summary

    return format_summary(compilation)


def _changes(compilation: Compilation) -> str:
    from seaofnodes.viz.phases import format_changes

    return format_changes(compilation.phases)


def _json(compilation: Compilation) -> str:
    from seaofnodes.viz.phases import to_json

    return json_text(to_json(compilation))


def _html(*compilations: Compilation) -> str:
    from seaofnodes.viz.viewer.page import page

    return page(compilations, say=partial(click.echo, err=True))


EMITTERS: dict[str, Callable[..., str]] = {
    "summary": _summary,
    "changes": _changes,
    "json": _json,
    "graph": _graph,
    "schedule": _schedule,
    "code": _code,
    "turbolizer": _turbolizer,
    "dot": _dot,
    "svg": _svg,
    "html": _html,
}


@click.command("compile")
@click.argument("file", type=click.Path())
@click.option("-f", "--function", metavar="NAME", help="Function to compile: a name or an index (default: the first).")
@click.option("--pipeline", default="default", show_default=True, help="Passes: a preset, or text as `passes` shows.")
@load_option
@click.option("--emit", type=click.Choice(tuple(EMITTERS)), default="summary", show_default=True, help="What to print.")
@click.option("-o", "--output", type=click.Path(), help="Write to this file instead of printing.")
@click.option("--against", multiple=True, metavar="PIPELINE", help="--emit html: compare with this one as well.")
@click.option("--tier", type=click.Choice(("baseline", "optimized")), default="optimized", help="Which compiler.")
@click.option("--invoke", metavar="NAME", help="First call this export (with --arg ...), to gather feedback.")
@click.option("--arg", "args", multiple=True, help="Argument of --invoke; may be repeated.")
@click.option("--repeat", type=click.IntRange(1), default=1, help="How often to call it.")
@compile_limit_option
def command(
    file: str,
    function: str | None,
    pipeline: str,
    load: tuple[str, ...],
    emit: str,
    output: str | None,
    against: tuple[str, ...],
    tier: str,
    invoke: str | None,
    args: tuple[str, ...],
    repeat: int,
    compile_limit: float,
) -> None:
    """Compile one function of FILE, a .wasm or .wat module, a .graph or a program of a loaded language, and show it.

    Imports are not linked; without --invoke nothing is run, and call sites count as seen a thousand times.
    """
    if against and emit != "html":
        raise click.UsageError("--against goes with --emit html")
    engine = Engine(tier="baseline", compile_limit=compile_limit, exit_on_hang=True)
    program = read_program(engine, file, load)
    index = program.find(function)
    program.warm_up(invoke, args, repeat)
    if tier == "baseline":
        text = program.baseline_code(index)
        if emit != "code":
            raise click.UsageError("baseline code has no graph: use --emit code")
    else:
        text = EMITTERS[emit](*(program.compile(index, one) for one in load_pipelines((pipeline, *against), load)))
    _write(text, output)


def _write(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    write_text(output, text)
