"""`seaofnodes fuzz`."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import click

from seaofnodes.cli.fuzz_programs import fuzz_programs, print_own
from seaofnodes.cli.load import load_option
from seaofnodes.cli.progress import progress
from seaofnodes.cli.values import Seconds
from seaofnodes.errors import Error
from seaofnodes.files import locked
from seaofnodes.fuzz.campaign import Campaign, State
from seaofnodes.fuzz.coverage import own_lines
from seaofnodes.fuzz.findings import Finding
from seaofnodes.fuzz.plan import Plan
from seaofnodes.fuzz.reduction.reduce import Progress
from seaofnodes.fuzz.tasks import fuzz_pool
from seaofnodes.fuzz.variant import KINDS
from seaofnodes.plain import json_text
from seaofnodes.workers.make import make_pool

_REDUCE_CHECKS = 5000


@click.command("fuzz")
@click.option("--seconds", type=Seconds(0), help="Stop after so long.  [default: 60, without --count]")
@click.option("--count", type=click.IntRange(0), help="Stop when so many modules were tried in all.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which modules: each seed has its own.")
@click.option("--out", type=click.Path(file_okay=False), default="fuzz-out", show_default=True, help="Keep state here.")
@click.option(
    "-p",
    "--pipeline",
    "pipelines",
    multiple=True,
    metavar="P",
    help="Always try this one, too (default: default, with the rules and passes of --load).",
)
@click.option("--no-random", is_flag=True, help="Only these pipelines, in their usual order.")
@click.option("--only", multiple=True, type=click.Choice(KINDS[1:]), help="Compare only these; may be repeated.")
@load_option
@click.option("--language", metavar="SUFFIX", help="Instead: random programs of the loaded language of such files.")
@click.option("--jobs", type=click.IntRange(1), help="Worker processes (default: one for each processor).")
@click.option("--dask", metavar="ADDRESS", help="Work on the Dask cluster of this scheduler.")
@click.option("--timeout", type=Seconds(1), default=60, show_default=True, help="Seconds, a module.")
@click.option("--no-reduce", is_flag=True, help="Do not shrink the modules that fail.")
@click.option("--stop", is_flag=True, help="Stop at the first failure.")
@click.option("--objects", is_flag=True, help="Modules with objects (gc), too.")
@click.option("--no-binaryen", is_flag=True, help="Do not use Binaryen's wasm-opt -ttf even where it is installed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
def command(
    seconds: float | None,
    count: int | None,
    seed: int,
    out: str,
    pipelines: tuple[str, ...],
    no_random: bool,
    only: tuple[str, ...],
    load: tuple[str, ...],
    language: str | None,
    jobs: int | None,
    dask: str | None,
    timeout: float,
    no_reduce: bool,
    stop: bool,
    objects: bool,
    no_binaryen: bool,
    as_json: bool,
) -> None:
    """Look for miscompilations with random modules.

    Each module is run by the reference interpreter, wasmtime, the engine's tiers, and an evaluator of graphs, with
    random pipelines and orders of rules; results, traps, host calls, memories and globals must agree. What fails is
    saved in --out as NUMBER.wasm and NUMBER.json, and as NUMBER.reduced.wasm when it has been shrunk. Started again
    with the same settings and --out, it goes on where it was. Exit code 1 if anything failed.

    The rules and passes of --load, and those of installed packages that -p names, are what it aims at: modules have the
    rules' patterns, and those in which a rule comes further, or a pass does something new, are changed in many ways. At
    the end stands how often each of them fired, with a warning for those that never did.

    \b
    seaofnodes fuzz --seconds 300
    seaofnodes fuzz --count 20000 --out night --seed 7
    seaofnodes fuzz --load my_rules.py -p default -p simplify
    seaofnodes fuzz --load my_language.py --language .mine --seconds 60
    seaofnodes bisect fuzz-out/001234.reduced.wasm
    """
    if seconds is None and count is None:
        seconds = 60.0
    wasm_opt = "" if no_binaryen else shutil.which("wasm-opt") or ""
    from seaofnodes.fuzz.registries import own, usual_pipeline

    load = tuple(str(Path(path).resolve()) for path in load)
    if language is not None:
        if only or objects:
            raise click.UsageError("--only and --objects are for modules")
        from seaofnodes.fuzz.languages import checked_plan

        plan_of_language = checked_plan(language, seed, pipelines or (usual_pipeline(load),), not no_random, load)
        ends = (count, seconds, stop)
        with closing(make_pool(jobs or os.cpu_count() or 1, dask, seconds=timeout)) as workers:
            failures = fuzz_programs(plan_of_language, workers, Path(out), *ends, as_json)
        sys.exit(1 if failures else 0)
    plan = Plan(seed, pipelines or (usual_pipeline(load),), not no_random, only, load, wasm_opt, objects)
    check_plan(plan)
    with locked(Path(out)):
        campaign = Campaign(plan, Path(out))
        resumed = campaign.state.tried
        with closing(fuzz_pool(jobs, dask, seconds=timeout)) as pool, progress("fuzz", quiet=as_json) as (report, say):
            if resumed:
                say(f"going on after {resumed:,} modules, {len(campaign.state.findings)} failures")
            start = time.monotonic()

            def on_finding(finding: Finding, path: Path) -> None:
                say(f"{path}: {finding.difference}")
                if stop:
                    raise _Stop

            def on_progress(state: State) -> None:
                done = state.tried if count is not None else time.monotonic() - start
                report(done, count if count is not None else seconds, _status(state))

            with suppress(_Stop):
                campaign.run(pool, count=count, seconds=seconds, on_finding=on_finding, on_progress=on_progress)
        state = campaign.state
        reduced = {} if no_reduce else reduce_findings(campaign, jobs, timeout, as_json)
    told = own_lines(own(load, plan.pipelines), state.coverage.counts)
    if as_json:
        click.echo(json_text({**state.to_json(), "reduced": reduced, "warnings": told[1]}))
    else:
        _print(state, out)
        print_own(told)
    if state.findings:
        sys.exit(1)


class _Stop(Exception):
    """The first failure is there."""


def check_plan(plan: Plan) -> None:
    """Raise OSError or PassError now if files or pipelines are wrong."""
    from seaofnodes.fuzz.registries import registry_for
    from seaofnodes.passes.framework.pipeline import Pipeline

    registry = registry_for(plan.load)
    for pipeline in plan.pipelines:
        Pipeline.parse(pipeline, registry)


def reduce_findings(campaign: Campaign, jobs: int | None, timeout: float, quiet: bool) -> dict[str, int]:
    """Shrink some failures of each kind; gives their numbers of instructions by file name."""
    from seaofnodes.fuzz.reduction.shrink import shrink, unreduced

    found: dict[str, int] = {}
    paths = unreduced(campaign.state, campaign.out)
    if not paths:
        return found
    pool = fuzz_pool(jobs, seconds=timeout, fork=True)
    with closing(pool), progress("reduce", quiet=quiet) as (report, say):
        for path in paths:

            def on_progress(now: Progress, name: str = path.name) -> None:
                report(0, None, f"{name}: {now.instructions} instructions, {now.tried} checks")

            try:
                smallest = shrink(path, pool, on_progress, _REDUCE_CHECKS)
            except Error as error:
                say(f"{path}: {error}")
                continue
            target = path.with_suffix(".reduced.wasm")
            found[target.name] = smallest.draft.instructions
            say(f"{target}: {smallest.draft.instructions} instructions, fails with {smallest.variant}")
    return found


def _status(state: State) -> str:
    rate = state.tried / state.seconds if state.seconds else 0.0
    return f"{state.tried:,} modules, {rate:.1f} a second, {len(state.findings)} failures"


def _print(state: State, out: str) -> None:
    click.echo(f"{state.tried:,} modules, {state.calls:,} calls, {state.seconds:.0f} s: {len(state.findings)} failures")
    for kind, reached, known, missing in state.coverage.summary(state.plan.load, state.plan.pipelines):
        shown = f"; not: {', '.join(missing[:8])}{', ...' if len(missing) > 8 else ''}" if missing else ""
        click.echo(f"  {kind} reached: {reached} of {known}{shown}")
    operators = state.coverage.counts["operators"]
    click.echo(f"  operators reached: {len(operators)}")
    endless = state.coverage.counts["endless"]
    if endless:
        click.echo(f"  loops made endless: {', '.join(f'{count} by {name}' for name, count in endless.most_common())}")
    for signature, count in state.signatures.most_common():
        click.echo(f"  {count} x {signature}")
    if state.findings:
        click.echo(f"failures are in {out}")
