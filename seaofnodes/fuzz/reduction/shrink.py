"""Reducing findings: from a saved failure to a small one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from seaofnodes.fuzz.campaign import State
from seaofnodes.fuzz.case import Case
from seaofnodes.fuzz.findings import Finding, load_finding
from seaofnodes.fuzz.generate.draft import draft_of
from seaofnodes.fuzz.oracle import Difference
from seaofnodes.fuzz.reduction.candidate import Candidate
from seaofnodes.fuzz.reduction.reduce import Check, Progress, Reducer
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.format import format_body
from seaofnodes.workers.pool import Pool

_OF_EACH: Final = 3


def start_of(finding: Finding) -> tuple[Candidate, Check]:
    """Where the reduction of a finding starts, and what it has to keep."""
    module = decode_module(finding.case.data, finding.case.features)
    candidate = Candidate(draft_of(module), finding.case.calls, finding.difference.variant)
    return candidate, Check(finding.difference, finding.case.load)


def reduced_finding(finding: Finding, smallest: Candidate, difference: Difference | None) -> Finding:
    """The finding, with the smallest case that still shows it, and what that shows."""
    data = smallest.encode()
    assert data is not None and smallest.variant is not None
    case = Case(data, smallest.calls, (smallest.variant,), finding.case.load)
    shown = finding.difference if difference is None else difference
    return replace(finding, case=case, difference=replace(shown, variant=smallest.variant))


def unreduced(state: State, out: Path) -> list[Path]:
    """Findings of a campaign that are worth shrinking: the first few of each signature that are not yet shrunk."""
    seen: Counter[str] = Counter()
    found = []
    for name in state.findings:
        path = out / name
        signature = load_finding(path).difference.signature
        seen[signature] += 1
        if seen[signature] <= _OF_EACH and not path.with_suffix(".reduced.wasm").exists():
            found.append(path)
    return found


def shrink(path: Path, pool: Pool, on_progress: Callable[[Progress], None], limit: int) -> Candidate:
    """Reduce a saved finding; saves PATH.reduced.wasm and .json, and PATH.reduced.txt for people.

    Raises Error if it does not fail any more.
    """
    finding = load_finding(path)
    candidate, check = start_of(finding)
    reducer = Reducer(pool, check, limit=limit, on_progress=on_progress)
    smallest = reducer.run(candidate)
    save_reduced(reduced_finding(finding, smallest, reducer.difference), path.with_suffix(".reduced.wasm"))
    return smallest


def save_reduced(finding: Finding, target: Path) -> None:
    """Save a finding, and beside it as text what it does."""
    finding.save(target)
    target.with_suffix(".txt").write_text(describe(finding), encoding="utf-8")


def describe(finding: Finding) -> str:
    """What fails, and the module's code."""
    case, module = finding.case, decode_module(finding.case.data, finding.case.features)
    lines = [str(finding.difference), f"calls: {', '.join(map(str, case.calls)) or 'none'}"]
    lines += [f"imports: {found.module}.{found.name} {found.desc}" for found in module.imports]
    for index in range(module.imported_functions, len(module.functions)):
        locals = " ".join(map(str, module.local_types(index)[len(module.functions[index].params) :]))
        lines.append(f"function {index} <{module.function_name(index)}> {module.functions[index]} locals [{locals}]")
        lines += [f"  {line.offset:#06x}  {'  ' * line.depth}{line.text}" for line in format_body(module, index)]
    return "\n".join(lines) + "\n"
