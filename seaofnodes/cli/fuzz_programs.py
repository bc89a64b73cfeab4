"""`seaofnodes fuzz --language`, and what fuzzing says of users' rules and passes."""

from __future__ import annotations

import time
from pathlib import Path

import click

from seaofnodes.cli.progress import progress
from seaofnodes.fuzz.coverage import own_lines
from seaofnodes.fuzz.fired import Fired
from seaofnodes.fuzz.languages import LanguagePlan, Tried, describe, fuzz_language, save
from seaofnodes.fuzz.registries import own
from seaofnodes.plain import json_text
from seaofnodes.workers.pool import Pool


def fuzz_programs(
    plan: LanguagePlan, pool: Pool, out: Path, count: int | None, seconds: float | None, stop: bool, as_json: bool
) -> int:
    """Try programs of a language, and say what came of them; gives how many failed. stop: at the first that does."""
    tried = calls = 0
    found: list[str] = []
    fired = Fired()
    start = time.monotonic()
    with progress("fuzz", quiet=as_json) as (report, say):
        for number, recipe, result in fuzz_language(plan, pool, count=count, seconds=seconds):
            tried += 1
            if isinstance(result, Tried):
                calls += len(result.calls)
                fired.add(result.fired)
            if text := describe(result):
                path = save(out, plan, number, recipe, result)
                found.append(path.name)
                say(f"{path}: {text}")
                if stop:
                    break
            done = tried if count is not None else time.monotonic() - start
            report(done, count if count is not None else seconds, f"{tried:,} programs, {len(found)} failures")
    mine = own(plan.load, plan.pipelines)
    counts = fired.counts(mine)
    told = own_lines(mine, counts)
    taken = time.monotonic() - start
    if as_json:
        facts = {"programs": tried, "calls": calls, "seconds": round(taken, 3), "findings": found}
        click.echo(json_text({**facts, "coverage": counts, "warnings": told[1]}))
    else:
        click.echo(f"{tried:,} programs, {calls:,} calls, {taken:.0f} s: {len(found)} failures")
        print_own(told)
    return len(found)


def print_own(found: tuple[list[str], list[str]]) -> None:
    """What users' rules and passes did, and warnings of those that did nothing, on standard error."""
    lines, warnings = found
    for line in lines:
        click.echo(line)
    for line in warnings:
        click.echo(f"warning: {line}", err=True)
