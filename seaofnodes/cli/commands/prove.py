"""`seaofnodes prove`."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from seaofnodes.cli.progress import progress
from seaofnodes.cli.values import Seconds
from seaofnodes.errors import Error
from seaofnodes.plain import json_text

if TYPE_CHECKING:
    from seaofnodes.prove.sources import Source
    from seaofnodes.prove.verdicts import Verdict


@click.command("prove")
@click.argument("files", nargs=-1, metavar="[FILE.py]...", type=click.Path())
@click.option("--rule", "names", multiple=True, metavar="NAME", help="Only these, as 'shl_*'; may be repeated.")
@click.option(
    "--seconds",
    type=Seconds(0.1),
    default=10,
    show_default=True,
    help="How long the solver may take for a rule, about: it counts work, so a busy machine changes no answer.",
)
@click.option(
    "--draws",
    type=click.IntRange(1),
    default=1_000_000,
    show_default=True,
    help="Values to try where there is no proof.",
)
@click.option("-j", "--jobs", type=click.IntRange(1), help="Worker processes (default: one for each processor).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    files: tuple[str, ...], names: tuple[str, ...], seconds: float, draws: int, jobs: int | None, as_json: bool
) -> None:
    """Prove that rewrite rules are right, for all values: those of the files, or else all built-in ones. The name of a
    set of rules, built in or of an installed package, may stand in place of a file.

    A rule that is wrong gets a counterexample, which the graph evaluator confirms. What cannot be proved in time is
    tested on drawn values, with more of those where arithmetic changes, and said to be so. The exit code is 1 if a rule
    is wrong, can never fire, or cannot be decided.
    """
    if importlib.util.find_spec("z3") is None:
        raise Error("proofs need the package z3-solver: pip install z3-solver, or seaofnodes[prove]")
    from seaofnodes.prove.parallel import prove_all
    from seaofnodes.prove.prover import Limits
    from seaofnodes.prove.shadowing import shadowed

    start = time.monotonic()
    with progress("prove", quiet=as_json) as (report, _):
        sources, results = prove_all(files, names, Limits(seconds, draws), jobs or os.cpu_count() or 1)
        total = sum(len(source.rules) for source in sources)
        found = {}
        for place, verdict in results:
            found[place] = verdict
            report(len(found), total, f"{len(found)} of {total} rules")
        dead = [] if names else [f"{s.title}: {found}" for s in sources for found in shadowed(s.rules)]
    verdicts = [found[place] for place in sorted(found)]
    if as_json:
        click.echo(json_text(_facts(sources, verdicts, dead, time.monotonic() - start)))
    else:
        _print(sources, verdicts, dead, time.monotonic() - start)
    sys.exit(bool(dead) or not all(verdict.good for verdict in verdicts))


def _grouped(sources: Sequence[Source], verdicts: Sequence[Verdict]) -> list[tuple[str, Sequence[Verdict]]]:
    groups, begin = [], 0
    for source in sources:
        groups.append((source.title, verdicts[begin : begin + len(source.rules)]))
        begin += len(source.rules)
    return groups


def _print(sources: Sequence[Source], verdicts: Sequence[Verdict], dead: Sequence[str], seconds: float) -> None:
    from seaofnodes.prove.report import count_text, lines_of

    for title, group in _grouped(sources, verdicts):
        click.echo("\n".join(lines_of(title, group)) + "\n")
    for line in dead:
        click.echo(f"{line}\n")
    click.echo(f"{count_text(verdicts)}, in {seconds:.1f} s")


def _facts(
    sources: Sequence[Source], verdicts: Sequence[Verdict], dead: Sequence[str], seconds: float
) -> dict[str, object]:
    groups = _grouped(sources, verdicts)
    rules = [{"source": title, **verdict.to_json()} for title, group in groups for verdict in group]
    good = not dead and all(verdict.good for verdict in verdicts)
    return {"rules": rules, "never_fire": list(dead), "good": good, "seconds": round(seconds, 3)}
