"""`seaofnodes view`."""

from __future__ import annotations

import webbrowser

import click

from seaofnodes.cli.limits import compile_limit_option
from seaofnodes.cli.load import load_option, load_pipelines, load_registry
from seaofnodes.cli.programs.reading import read_program
from seaofnodes.engine import Engine
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.project import python_files
from seaofnodes.runtime.tiers.optimize import Compilation, pipeline_for
from seaofnodes.viz.viewer.server import Subject, serve


@click.command("view")
@click.argument("file", type=click.Path())
@click.option("-f", "--function", metavar="NAME", help="Function to show first: a name or an index.")
@click.option("--pipeline", default="default", show_default=True, help="Passes: a preset, or text as `passes` shows.")
@load_option
@click.option("--invoke", metavar="NAME", help="First call this export (with --arg ...), to gather feedback.")
@click.option("--arg", "args", multiple=True, help="Argument of --invoke; may be repeated.")
@compile_limit_option
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1 (default: any that is free).")
@click.option("--open/--no-open", "browse", default=True, help="Open it in the browser.")
def command(
    file: str,
    function: str | None,
    pipeline: str,
    load: tuple[str, ...],
    invoke: str | None,
    args: tuple[str, ...],
    compile_limit: float,
    port: int,
    browse: bool,
) -> None:
    """Serve the viewer for FILE, a .wasm or .wat module, a .graph, or a program of a language, on this machine only.

    The page compiles other functions, and with other pipelines, on demand, and reloads when FILE or a loaded pass file
    changes. Ctrl-C ends it.
    """

    def subject() -> Subject:
        """Everything anew: the files may have changed."""
        [usual] = load_pipelines([pipeline], load)
        pipeline_for(usual, True)  # what is wrong with it is told at once
        engine = Engine(tier="baseline", compile_limit=compile_limit, exit_on_hang=True)
        program = read_program(engine, file, load)
        first = program.find(function)
        program.warm_up(invoke, args, 1)

        def compile_(index: int, text: str | None) -> Compilation:
            wanted = usual if text is None else Pipeline.parse(text, load_registry(load))
            return program.compile(index, wanted)

        return Subject(first, program.functions(), compile_)

    with serve(subject, [file, *load, *python_files(load)], port) as server:
        click.echo(f"{server.address}\nCtrl-C ends it")
        if browse:
            webbrowser.open(server.address)
        server.wait()
