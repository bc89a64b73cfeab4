"""`seaofnodes compare`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console

from seaofnodes.cli.limits import compile_limit_option
from seaofnodes.cli.load import load_option
from seaofnodes.cli.output import naming
from seaofnodes.cli.values import Seconds
from seaofnodes.compare.comparison import Comparison
from seaofnodes.compare.driver import Progress, compare
from seaofnodes.compare.invocations import Invocation
from seaofnodes.compare.portion import COMPILE_ROUNDS, PLACEMENTS, ROUNDS, WARM_UP
from seaofnodes.compare.report.text import PLAIN_WIDTH, TOP, tables
from seaofnodes.compare.sources import number


@click.command("compare")
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option(
    "-p",
    "--pipeline",
    "pipelines",
    multiple=True,
    required=True,
    metavar="[NAME:] PIPELINE[@OPTION=VALUE,...]",
    help="A pipeline, and options of its engine; may be repeated. The first is what the others are compared with.",
)
@load_option
@click.option("--ablate", is_flag=True, help="Compare each pipeline with itself without each of its passes, too.")
@click.option(
    "--speculation",
    is_flag=True,
    help="Compare each pipeline without guesses about calls, with a slow path behind them, and with deoptimization.",
)
@click.option(
    "--host",
    type=click.Path(dir_okay=False),
    metavar="FILE.py",
    help="Modules import what its function host() gives, such as a Wasi.",
)
@click.option(
    "--invoke",
    multiple=True,
    metavar="[FILE:]NAME[(ARGS)]",
    help="Time this export (default: what a .wat's first comments say); may be repeated, for modules.",
)
@click.option("--arg", "args", multiple=True, help="Argument of --invoke; may be repeated.")
@click.option("--no-run", is_flag=True, help="Only compile, as if every call had been seen a thousand times.")
@click.option(
    "--placements",
    type=click.IntRange(1),
    default=PLACEMENTS,
    show_default=True,
    help="Places of code and data, drawn anew: what intervals are made over, 5 at least.",
)
@click.option(
    "--rounds", type=click.IntRange(1), default=ROUNDS, show_default=True, help="Samples of each call, a placement."
)
@click.option("--budget", type=Seconds(0), metavar="SECONDS", help="Fewer placements of a call when they take longer.")
@click.option(
    "--compile-rounds", type=click.IntRange(1), default=COMPILE_ROUNDS, show_default=True, help="Samples of compiling."
)
@click.option("--warm-up", type=Seconds(0), default=WARM_UP, show_default=True, help="Seconds before, a call.")
@click.option("--a-a", is_flag=True, help="Compare the pipeline with itself: how large is the noise?")
@click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Worker processes; more disturb times."
)
@click.option("--dask", metavar="ADDRESS", help="Work on the Dask cluster of this scheduler.")
@click.option("--timeout", type=Seconds(1), default=300, show_default=True, help="Seconds, a portion of work.")
@compile_limit_option
@click.option("--out", type=click.Path(file_okay=False), help="Keep finished rows here, and take up those that are.")
@click.option("--html", type=click.Path(dir_okay=False), help="Also write one page with plots and graphs.")
@click.option("--plot", type=click.Path(dir_okay=False), help="Also write the speeds as a picture, in SVG.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a line for each function, call and pipeline.")
@click.option("--top", type=click.IntRange(1), default=TOP, show_default=True, help="Lines of tables that may be long.")
def command(
    files: tuple[str, ...],
    pipelines: tuple[str, ...],
    load: tuple[str, ...],
    ablate: bool,
    speculation: bool,
    host: str | None,
    invoke: tuple[str, ...],
    args: tuple[str, ...],
    no_run: bool,
    placements: int,
    rounds: int,
    budget: float | None,
    compile_rounds: int,
    warm_up: float,
    a_a: bool,
    jobs: int,
    dask: str | None,
    timeout: float,
    compile_limit: float,
    out: str | None,
    html: str | None,
    plot: str | None,
    as_json: bool,
    as_csv: bool,
    top: int,
) -> None:
    """Compare pipelines on FILES: .wasm and .wat modules, and folders of them.

    Compiles every function with every pipeline, and times the modules' calls. All pipelines have to give the same
    results, the baseline tier's; exit code 1 says that something is wrong.
    """
    if args and not invoke:
        raise click.UsageError("--arg goes with --invoke")
    if as_json and as_csv:
        raise click.UsageError("--json or --csv")
    with _progress() as progress:
        comparison = compare(
            files,
            pipelines,
            invoke=[Invocation.parse(text, [number(one) for one in args]) for text in invoke],
            run=not no_run,
            placements=placements,
            rounds=rounds,
            compile_rounds=compile_rounds,
            warm_up=warm_up,
            a_a=a_a,
            graphs=html is not None,
            load=load,
            jobs=jobs,
            dask=dask,
            timeout=timeout,
            out=out,
            progress=progress,
            ablate=ablate,
            speculation=speculation,
            host=host or "",
            budget=budget,
            compile_limit=compile_limit,
        )
    try:
        if html is not None:
            with naming(html):
                comparison.write_html(html)
        if plot is not None:
            with naming(plot):
                comparison.write_plot(plot)
    finally:
        _print(comparison, as_json, as_csv, top)
    if comparison.failed:
        sys.exit(1)


def _print(comparison: Comparison, as_json: bool, as_csv: bool, top: int) -> None:
    if as_json:
        click.echo(comparison.to_json())
    elif as_csv:
        click.echo(comparison.to_csv(), nl=False)
    elif sys.stdout.isatty():
        Console().print(tables(comparison, top))
    else:
        Console(width=PLAIN_WIDTH, color_system=None).print(tables(comparison, top))


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error, when that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    from rich import progress as bars

    columns = [bars.TextColumn("comparing"), bars.BarColumn(), bars.MofNCompleteColumn(), bars.TimeRemainingColumn()]
    with bars.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("comparing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
