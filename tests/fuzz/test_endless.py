"""Generated loops that inlining makes endless: they end when they run, and the fault that they are for is found."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from seaofnodes.fuzz.campaign import Campaign, State
from seaofnodes.fuzz.findings import load_finding
from seaofnodes.fuzz.generate.module import generate
from seaofnodes.fuzz.oracle import run_case
from seaofnodes.fuzz.plan import Plan
from seaofnodes.fuzz.sides.evaluated import context_for
from seaofnodes.fuzz.tasks import fuzz_pool
from seaofnodes.passes.inlining.inline import Inliner
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.lift.function import lift
from tests.fuzz.failures import BROKEN_INLINING
from tests.passes.texts import count

SEED = 7  # two findings or more in each way


def plan(kind: str, load: str = "", seed: int = SEED) -> Plan:
    return Plan(seed, ("default",), vary=False, only=(kind,), load=(load,) if load else ())


def test_every_kind_of_module_has_them() -> None:
    """Of new and old exceptions, and of none; in functions that throw, trap, return and call in their place."""
    found: Counter[tuple[str, str]] = Counter()
    for number in range(250):
        draft = generate(f"endless:{number}").draft
        module = decode_module(draft.encode(), SUPPORTED)
        opcodes = draft.opcodes()
        kind = "new" if opcodes[w.TRY_TABLE] else "old" if opcodes[w.TRY] else "none"
        for index in range(module.imported_functions, len(module.functions)):
            graph = lift(module, index)
            lifted = count(graph, "Terminate")
            found[kind, "lifted"] += lifted
            context = context_for(module)
            Inliner().run(graph, context)
            found[kind, "inlined"] += max(count(graph, "Terminate") - lifted, 0)
    assert all(found[kind, "lifted"] for kind in ("new", "old", "none"))
    assert all(found[kind, "inlined"] for kind in ("new", "old"))


@pytest.mark.parametrize(("kind", "most", "seed"), [("evaluator", 30, 7), ("optimized", 60, 7), ("auto", 60, 8)])
def test_the_fault_is_found(tmp_path: Path, kind: str, most: int, seed: int) -> None:
    """With the endless loops that inlining makes lost, by the verifier, and in code that nobody verifies; one worker.
    Without the fault the same modules run well.
    """
    state = run(plan(kind, BROKEN_INLINING, seed), tmp_path / "broken", most)
    assert state.findings
    differences = [load_finding(tmp_path / "broken" / name).difference for name in state.findings]
    if kind == "evaluator":
        assert any("broken graph after inline" in found.message for found in differences)
    for name in state.findings:
        finding = load_finding(tmp_path / "broken" / name)
        assert run_case(replace(finding.case, load=())).difference is None


def test_campaigns_tell_which_passes_made_loops_endless(tmp_path: Path) -> None:
    state = run(plan("evaluator"), tmp_path, 30)
    assert not state.findings and state.coverage.counts["endless"]["inline"]


def run(plan: Plan, out: Path, count: int) -> State:
    """The fault changes the pass itself wherever it is loaded: here, too, where the campaign asks what the file has."""
    right = Inliner.run
    try:
        with closing(fuzz_pool(1)) as pool:
            return Campaign(plan, out).run(pool, count=count)
    finally:
        Inliner.run = right  # type: ignore[method-assign]
