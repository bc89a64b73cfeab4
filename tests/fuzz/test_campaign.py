"""Campaigns: what they find is kept, and one that is killed goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from seaofnodes.errors import Error
from seaofnodes.fuzz.campaign import Campaign, State
from seaofnodes.fuzz.findings import load_finding
from seaofnodes.fuzz.oracle import run_case
from seaofnodes.fuzz.plan import Plan
from seaofnodes.fuzz.tasks import fuzz_pool

FOLDER = Path(__file__).parent
PLANTED = Plan(3, ("simplify{rules=planted}",), vary=False, only=("optimized",), load=(str(FOLDER / "planted.py"),))
MANY = 60  # the planted rule goes wrong in about one module of nine


def run(plan: Plan, out: Path, count: int, jobs: int = 1) -> State:
    with closing(fuzz_pool(jobs)) as pool:
        return Campaign(plan, out).run(pool, count=count)


def without_time(state: State) -> dict[str, object]:
    found = state.to_json()
    del found["seconds"]
    return {**found, "findings": sorted(state.findings)}


def test_a_planted_rule_is_found_and_saved(tmp_path: Path) -> None:
    state = run(PLANTED, tmp_path, MANY, jobs=2)
    assert state.tried == MANY and state.findings
    assert state.coverage.counts["opcodes"]["i32.add"]
    finding = load_finding(tmp_path / state.findings[0])
    assert finding.seed == 3 and finding.case.load == PLANTED.load
    again = run_case(finding.case).difference
    assert again == finding.difference
    assert sum(state.signatures.values()) == len(state.findings)


def test_an_interrupted_campaign_goes_on(tmp_path: Path) -> None:
    whole = run(PLANTED, tmp_path / "whole", 16, jobs=2)
    run(PLANTED, tmp_path / "parts", 7)
    state = Campaign(PLANTED, tmp_path / "parts").state
    assert (state.next, state.later) == (7, set())
    assert without_time(run(PLANTED, tmp_path / "parts", 16)) == without_time(whole)


def test_numbers_out_of_order() -> None:
    state = State(Plan())
    for number in (1, 3, 0):
        state.finish(number)
    assert (state.next, state.later, state.tried) == (2, {3}, 3)
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_another_plan_is_refused(tmp_path: Path) -> None:
    run(Plan(seed=1), tmp_path, 1)
    with pytest.raises(Error, match="other settings"):
        Campaign(Plan(seed=2), tmp_path)
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(Error, match=r"state\.json"):
        Campaign(Plan(seed=1), tmp_path)


def test_a_killed_campaign_goes_on(root: Path, tmp_path: Path) -> None:
    """SIGKILL in the middle: workers end too, and nothing that was written is broken."""
    command = [sys.executable, "-m", "seaofnodes.cli.main", "fuzz", "--seed", "3", "--out", str(tmp_path / "out")]
    command += ["--only", "baseline", "--jobs", "2", "--count", "100000"]
    state = tmp_path / "out" / "state.json"
    process = subprocess.Popen(command, cwd=root, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (state.exists() and json.loads(state.read_text())["modules"] > 2):
            time.sleep(0.1)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    before = json.loads(state.read_text())
    assert before["modules"] > 2
    command[-1] = str(before["modules"] + 5)
    done = subprocess.run([*command, "--json"], cwd=root, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["modules"] == before["modules"] + 5


@pytest.mark.parametrize(("name", "kind", "count"), [("crash", "crash", 4), ("sleep", "hang", 1)])
def test_crashes_and_hangs_are_findings(tmp_path: Path, name: str, kind: str, count: int) -> None:
    plan = Plan(4, (name,), vary=False, only=("optimized", "baseline"), load=(str(FOLDER / "broken.py"),))
    with closing(fuzz_pool(2, seconds=2)) as pool:
        state = Campaign(plan, tmp_path).run(pool, count=count)
    found = [load_finding(tmp_path / name).difference for name in state.findings]
    assert {(one.kind, one.variant.kind) for one in found} == {(kind, "optimized")}
