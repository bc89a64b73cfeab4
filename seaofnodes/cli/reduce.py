"""`seaofnodes reduce`."""

from __future__ import annotations

import json
import random
import shlex
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from seaofnodes.cli.fuzz import make_pool
from seaofnodes.cli.load import load_option
from seaofnodes.cli.progress import progress
from seaofnodes.errors import Error
from seaofnodes.fuzz.candidate import Candidate
from seaofnodes.fuzz.case import Call, Case, plan_calls
from seaofnodes.fuzz.draft import draft_of
from seaofnodes.fuzz.findings import Finding, load_finding
from seaofnodes.fuzz.oracle import Difference
from seaofnodes.fuzz.pool import Pool, Task
from seaofnodes.fuzz.reduce import Check, Progress, Reducer
from seaofnodes.fuzz.results import Crash, Hang
from seaofnodes.fuzz.variant import KINDS, Variant
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import DECODED
from seaofnodes.wasm.interpret_numeric import to_bits
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.text import load as load_module


@click.command("reduce")
@click.argument("file", type=click.Path())
@click.option("--check", metavar="'[WAY] PIPELINE'", help="What fails: see below (default: what FILE's .json says).")
@click.option("--command", "shell", metavar="CMD", help="A command that fails with the module's file behind it.")
@click.option("--invoke", metavar="NAME", help="Call this export only (with --arg ...), instead of drawn calls.")
@click.option("--arg", "args", multiple=True, metavar="NUMBER", help="Argument of --invoke; may be repeated.")
@load_option
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Default: FILE with .reduced.wasm.")
@click.option("--jobs", type=click.IntRange(1), help="Worker processes (default: one for each processor).")
@click.option("--dask", metavar="ADDRESS", help="Work on the Dask cluster of this scheduler.")
@click.option("--timeout", type=click.FloatRange(0.1), default=30, show_default=True, help="Seconds, a check.")
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
    path = Path(file)
    with closing(make_pool(jobs, dask, timeout, fork=True)) as pool, progress("reduce", quiet=as_json) as (report, _):
        if shell is not None:
            finding = None
            module = load_module(path)
            given, what = Candidate(draft_of(module)), Check(command=tuple(shlex.split(shell)), seconds=timeout)
        else:
            finding = read_finding(path, check, invoke, args, load, pool)
            given, what = start_of(finding)

        def on_progress(now: Progress) -> None:
            report(0, None, f"{now.instructions} instructions, {now.taken} of {now.tried} edits taken ({now.stage})")

        reducer = Reducer(pool, what, limit=max_checks, on_progress=on_progress)
        smallest = reducer.run(given)
    target = Path(output) if output is not None else path.with_suffix(".reduced.wasm")
    if finding is None:
        data = smallest.encode()
        assert data is not None
        target.write_bytes(data)
    else:
        reduced_finding(finding, smallest).save(target)
    _tell(given, smallest, reducer.progress, target, as_json)


def read_finding(
    path: Path, check: str | None, invoke: str | None, args: tuple[str, ...], load: tuple[str, ...], pool: Pool
) -> Finding:
    """What fails: as it was saved beside the module, or as the options say. Raises Error if nothing fails."""
    if check is None and path.with_suffix(".json").exists():
        found = load_finding(path)
        return Finding(replace(found.case, load=found.case.load or load), found.difference, found.number, found.seed)
    module = load_module(path)
    case = Case(module.data, _calls(module, invoke, args), (parse_way(check or "default"),), load)
    ((_, result),) = pool.run([Task(0, "difference_of", (case,))])
    if result is None:
        raise Error(f"{path}: nothing disagrees; say with --check, --invoke or --load what fails")
    if isinstance(result, Crash | Hang):
        kind = "crash" if isinstance(result, Crash) else "hang"
        result = Difference(case.variants[0], kind, -1, kind, f"{case.variants[0].kind} {kind}")
    if not isinstance(result, Difference):
        raise Error(str(result.message))
    return Finding(case, result)


def parse_way(text: str) -> Variant:
    """A way to run a module, from text such as "auto default": auto optimizes after two calls."""
    first, _, rest = text.strip().partition(" ")
    if first not in KINDS:
        first, rest = "optimized", text
    return Variant(first, rest.strip() or "default", 2 if first == "auto" else 0)


def _calls(module: Module, invoke: str | None, args: tuple[str, ...]) -> tuple[Call, ...]:
    if invoke is None:
        return plan_calls(module, random.Random(0))
    kinds = {e.name: module.functions[e.index].params for e in module.exports if e.kind == "function"}
    if invoke not in kinds:
        raise Error(f"no exported function is called {invoke!r}")
    if len(args) != len(kinds[invoke]):
        raise click.UsageError(f"{invoke} takes {len(kinds[invoke])} arguments; {len(args)} were given")
    bits = []
    for text, kind in zip(args, kinds[invoke], strict=True):
        try:
            bits.append(to_bits(kind, float(text) if kind.is_float and "0x" not in text else int(text, 0)))
        except ValueError:
            raise click.UsageError(f"{text!r} is not an {kind}") from None
    return (Call(invoke, tuple(bits)),)


def start_of(finding: Finding) -> tuple[Candidate, Check]:
    """Where the reduction of a finding starts, and what it has to keep."""
    module = decode_module(finding.case.data, DECODED)
    candidate = Candidate(draft_of(module), finding.case.calls, finding.difference.variant)
    return candidate, Check(finding.difference, finding.case.load)


def reduced_finding(finding: Finding, smallest: Candidate) -> Finding:
    """The finding, with the smallest case that still shows it."""
    data = smallest.encode()
    assert data is not None and smallest.variant is not None
    case = Case(data, smallest.calls, (smallest.variant,), finding.case.load)
    return replace(finding, case=case, difference=replace(finding.difference, variant=smallest.variant))


def _tell(given: Candidate, smallest: Candidate, done: Progress, target: Path, as_json: bool) -> None:
    before, after = given.draft.instructions, smallest.draft.instructions
    if as_json:
        facts = {"file": str(target), "instructions_before": before, "instructions": after}
        click.echo(json.dumps({**facts, "checks": done.tried, "variant": str(smallest.variant or "")}))
        return
    click.echo(f"{before} instructions before, {after} after {done.tried} checks: {target}")
    if smallest.variant is not None:
        click.echo(f"fails with {smallest.variant}: {', '.join(map(str, smallest.calls))}")
