"""`seaofnodes bisect`."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

import click

from seaofnodes.cli.failing import failing_options, read_finding
from seaofnodes.cli.progress import progress
from seaofnodes.cli.values import Seconds
from seaofnodes.errors import Error
from seaofnodes.fuzz.case import Case
from seaofnodes.fuzz.reduction.bisect import Bisector, Culprit
from seaofnodes.fuzz.reduction.reduce import Check
from seaofnodes.fuzz.tasks import difference_of, fuzz_pool
from seaofnodes.fuzz.variant import Variant
from seaofnodes.names import printable, visible
from seaofnodes.plain import json_text
from seaofnodes.workers.pool import Pool, Task


@click.command("bisect")
@click.argument("file", type=click.Path())
@failing_options
@click.option("--timeout", type=Seconds(0.1), default=60, show_default=True, help="Seconds, a run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: str,
    check: str | None,
    invoke: str | None,
    args: tuple[str, ...],
    load: tuple[str, ...],
    timeout: float,
    as_json: bool,
) -> None:
    """Find the pass, then the rule, then its one application, that makes the module FILE fail.

    What `seaofnodes fuzz` or `reduce` saved needs nothing more. For another module, --check says which way to run it
    disagrees with the reference interpreter: a pipeline, with the WAY evaluator, optimized (the default) or auto
    before it. Prints the rule, the node and its bytecode offset, and the nodes before and after.

    \b
    seaofnodes bisect fuzz-out/001234.reduced.wasm
    seaofnodes bisect app.wasm --check 'simplify,gvn' --invoke run --arg 10
    seaofnodes bisect app.wasm --check 'auto default' --load my_rules.py
    """
    path = Path(file)
    with closing(fuzz_pool(1, seconds=timeout, fork=True)) as pool, progress("bisect", quiet=as_json) as (report, _):
        finding = read_finding(path, check, invoke, args, load, pool)
        variant = finding.difference.variant
        if not variant.optimizes:
            raise Error(f"it fails with {variant}, where no pass runs: there is nothing to bisect")
        case = dataclasses.replace(finding.case, variants=(variant,))
        what = Check(finding.difference, case.load)
        bisector = Bisector(pool, case, what, lambda stage, n: report(0, None, f"looking for the {stage}, {n} runs"))
        culprit = bisector.run()
        lifting = culprit.without_passes and _is_lifting(pool, case, what)
    if as_json:
        click.echo(json_text({"variant": str(variant), **dataclasses.asdict(culprit)}))
    elif culprit.without_passes:
        stage = "lifting" if lifting else "the back end (schedule, selection, allocation, assembly) or the runtime"
        click.echo(f"It fails without any pass: {stage} is wrong.")
    else:
        click.echo(f"failure: {visible(finding.difference.message)}")
        _print(culprit)


def _is_lifting(pool: Pool, case: Case, check: Check) -> bool:
    """Does evaluating the lifted graph fail as well?"""
    lifted = dataclasses.replace(case, variants=(Variant("evaluator", "none", calls=1000),))
    ((_, result),) = pool.run([Task(0, difference_of, (lifted,))])
    return check.fails(result)


def _print(found: Culprit) -> None:
    where = f", {found.place}" if found.place else ""
    run = f"(run {found.run} of {found.runs}) on {printable(found.function)}"
    click.echo(f"pass: {found.pass_name} {run}{'' if found.rule else where}")
    if not found.rule:
        click.echo("rule: none; the pass does it without rules")
        click.echo(f"what it changed:\n{found.change}" if found.change else "it changed nothing", nl=not found.change)
        return
    click.echo(f"rule: {found.text}{where}")
    says = "is right" if found.disabling else "still fails"
    click.echo(f"  without this rule in this run, the module {says}")
    at = f" at {found.offset:#x}" if found.offset >= 0 else ""
    inlined = f", inlined from function {found.inlining[0]}" if found.inlining else ""
    click.echo(f"application: {found.application} of {found.applications}, to {found.root}{at}{inlined}")
    click.echo(found.difference, nl=False)
