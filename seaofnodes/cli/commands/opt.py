"""`seaofnodes opt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from seaofnodes.cli.limits import compile_limit_option
from seaofnodes.cli.load import load_option, load_registry, warn_of_unused
from seaofnodes.cli.output import write_text
from seaofnodes.errors import Error
from seaofnodes.files import read_file
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.verify import verify

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline

_MOST: Final = 64 << 20  # bytes of a graph's text
_STREAM: Final = "-"


@click.command("opt")
@click.argument("file", type=click.Path(), default=_STREAM)
@click.option("--pipeline", default="default", show_default=True, help="Passes: a preset, or text as `passes` shows.")
@load_option
@click.option(
    "--emit", type=click.Choice(("graph", "changes")), default="graph", show_default=True, help="What to print."
)
@compile_limit_option
@click.option("-o", "--output", type=click.Path(), default=_STREAM, help="Write to this file instead of printing.")
def command(file: str, pipeline: str, load: tuple[str, ...], emit: str, compile_limit: float, output: str) -> None:
    """Run passes over the graph in FILE, a text as `compile --emit graph` prints it, and print the graph they make.

    FILE and --output may be - for standard input and output. The graph may be of any function of a module; it is
    verified before the first pass and after each, and no machine code is made of it. Nothing is known of the module:
    calls are not inlined. What is printed can be read again, with the same node ids.

    \b
    seaofnodes compile my.wasm -f f --pipeline none --emit graph | seaofnodes opt --pipeline simplify,gvn
    seaofnodes opt f.graph --load my_pass.py --pipeline my-pass --emit changes
    """
    from seaofnodes.passes.framework.pipeline import Pipeline

    registry = load_registry(load)  # first: the graph may have operators of the files
    passes = Pipeline.parse(pipeline, registry)
    warn_of_unused(registry, [passes], load)
    text = _run(_read(file), passes, emit, compile_limit)
    if output == _STREAM:
        click.echo(text, nl=False)
    else:
        write_text(output, text)


def _read(file: str) -> Graph:
    import seaofnodes.ir.ops.memory
    import seaofnodes.wasm.dialect.operators  # noqa: F401  (a dialect is known once it is imported)

    name = "standard input" if file == _STREAM else file
    data = read_file("/dev/stdin" if file == _STREAM else file, _MOST)
    try:
        graph = parse_graph(data.decode("utf-8"))
        verify(graph)
    except (Error, UnicodeDecodeError) as error:
        raise Error(f"{name}: {error}") from None
    return graph


def _run(graph: Graph, pipeline: Pipeline, emit: str, limit: float) -> str:
    from seaofnodes.ir.budget import Budget
    from seaofnodes.passes.base import PassContext
    from seaofnodes.runtime.entry.deadline import within_compile_limit
    from seaofnodes.runtime.entry.stuck import end_process
    from seaofnodes.runtime.tiers.optimize import Recorder

    graph.budget = Budget(graph.name)
    recorder = Recorder() if emit == "changes" else None
    if recorder is not None:
        recorder.lifted(graph, 0.0)
    context = PassContext()
    within_compile_limit(limit, lambda: pipeline.run(graph, context, observer=recorder, verify=True), end_process)
    if recorder is None:
        return format_graph(graph)
    from seaofnodes.viz.phases import format_changes

    return format_changes(recorder.phases)
