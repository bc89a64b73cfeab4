"""`seaofnodes reduce`."""

from __future__ import annotations

import shlex
import shutil
from contextlib import closing
from pathlib import Path

import click

from seaofnodes.cli.failing import failing_options, read_finding
from seaofnodes.cli.output import naming
from seaofnodes.cli.progress import progress
from seaofnodes.cli.values import Seconds
from seaofnodes.errors import Error
from seaofnodes.fuzz.generate.draft import draft_of
from seaofnodes.fuzz.reduction.candidate import Candidate
from seaofnodes.fuzz.reduction.reduce import Check, Progress, Reducer
from seaofnodes.fuzz.reduction.shrink import reduced_finding, save_reduced, start_of
from seaofnodes.fuzz.tasks import fuzz_pool
from seaofnodes.plain import json_text
from seaofnodes.wasm.text import load as load_module


@click.command("reduce")
@click.argument("file", type=click.Path())
@failing_options
@click.option("--command", "shell", metavar="CMD", help="A command that fails with the module's file behind it.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Default: FILE with .reduced.wasm.")
@click.option("--jobs", type=click.IntRange(1), help="Worker processes (default: one for each processor).")
@click.option("--dask", metavar="ADDRESS", help="Work on the Dask cluster of this scheduler.")
@click.option("--timeout", type=Seconds(0.1), default=30, show_default=True, help="Seconds, a check.")
@click.option("--max-checks", type=click.IntRange(1), default=20_000, show_default=True, help="Give up after so many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: str,
    check: str | None,
    shell: str | None,
    invoke: str | None,
    args: tuple[str, ...],
    load: tuple[str, ...],
    output: str | None,
    jobs: int | None,
    dask: str | None,
    timeout: float,
    max_checks: int,
    as_json: bool,
) -> None:
    """Shrink the failing module FILE, and keep the failure.

    What `seaofnodes fuzz` saved needs nothing more. For another module, --check says which way to run it disagrees
    with the reference interpreter: a pipeline, with the WAY evaluator, optimized (the default), auto, baseline or
    wasmtime before it; or --command gives any command: exit code 0 says that a candidate is fine.

    \b
    seaofnodes reduce fuzz-out/001234.wasm
    seaofnodes reduce app.wasm --check 'simplify,gvn' --invoke run --arg 10
    seaofnodes reduce app.wasm --check 'auto default'
    seaofnodes reduce app.wasm --command './still-crashes.sh'
    """
    if check is not None and shell is not None:
        raise click.UsageError("--check or --command")
    words = None if shell is None else split_command(shell)
    path = Path(file)
    workers = fuzz_pool(jobs, dask, seconds=timeout, fork=True)
    with closing(workers) as pool, progress("reduce", quiet=as_json) as (report, _):
        if words is not None:
            finding = None
            module = load_module(path)
            given, what = Candidate(draft_of(module)), Check(command=words, seconds=timeout)
        else:
            finding = read_finding(path, check, invoke, args, load, pool)
            given, what = start_of(finding)

        def on_progress(now: Progress) -> None:
            report(0, None, f"{now.instructions} instructions, {now.taken} of {now.tried} edits taken ({now.stage})")

        reducer = Reducer(pool, what, limit=max_checks, on_progress=on_progress)
        smallest = reducer.run(given)
    target = Path(output) if output is not None else path.with_suffix(".reduced.wasm")
    with naming(target):
        if finding is None:
            data = smallest.encode()
            assert data is not None
            target.write_bytes(data)
        else:
            save_reduced(reduced_finding(finding, smallest, reducer.difference), target)
    _tell(given, smallest, reducer.progress, target, as_json)


def split_command(text: str) -> tuple[str, ...]:
    """The words of a command. Raises click.UsageError for what is none, Error for one that is not there."""
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise click.UsageError(f"--command {text!r}: {error}") from None
    if not words:
        raise click.UsageError("--command is empty")
    if shutil.which(words[0]) is None:
        raise Error(f"{words[0]}: no such command")
    return words


def _tell(given: Candidate, smallest: Candidate, done: Progress, target: Path, as_json: bool) -> None:
    before, after = given.draft.instructions, smallest.draft.instructions
    if as_json:
        facts = {"file": str(target), "instructions_before": before, "instructions": after}
        click.echo(json_text({**facts, "checks": done.tried, "variant": str(smallest.variant or "")}))
        return
    click.echo(f"{before} instructions before, {after} after {done.tried} checks: {target}")
    if smallest.variant is not None:
        click.echo(f"fails with {smallest.variant}: {', '.join(map(str, smallest.calls))}")
