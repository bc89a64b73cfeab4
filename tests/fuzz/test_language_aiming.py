"""Fuzzing programs of a language: what it draws from is changed where rules and passes of users came further."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from seaofnodes.fuzz import corpus as corpora
from seaofnodes.fuzz.corpus import GENERATION
from seaofnodes.fuzz.fired import Fired
from seaofnodes.fuzz.generate.recipe import Recipe
from seaofnodes.fuzz.languages import LanguagePlan, Tried, checked_plan, find_language, fuzz_language, save
from seaofnodes.workers.pool import InProcess, LocalPool
from tests.cli.test_commands import seaofnodes

STEPS = str(Path(__file__).parent / "steps_language.py")
PLAN = checked_plan(".steps", 5, ("rare",), False, (STEPS,))
BROKEN = """
import steps_language as s
BROKEN = s.RuleSet("broken")
@BROKEN.rule(s.o.Word32Or(s.x, s.C), where=s.C.eq(5))
def broken():
    return s.o.Word32Or(s.x, 1)
"""


def fuzz(plan: LanguagePlan, count: int) -> Fired:
    found = Fired()
    for _, _, result in fuzz_language(plan, InProcess(), count=count, seconds=None):
        assert isinstance(result, Tried) and not result.difference, result
        found.add(result.fired)
    return found


def test_programs_are_changed_so_that_rules_fire(monkeypatch: pytest.MonkeyPatch) -> None:
    """More often than in the same campaign without changes, and none goes wrong."""
    aimed = fuzz(PLAN, 5 * GENERATION)
    monkeypatch.setattr(corpora, "_CHANCE", 0.0)
    drawn = fuzz(PLAN, 5 * GENERATION)
    assert aimed.matched["rare"] > 3 * drawn.matched["rare"]
    assert aimed.rules["rare"] > 3 * drawn.rules["rare"]


def test_the_number_of_workers_changes_nothing() -> None:
    def drawn(jobs: int) -> dict[int, tuple[Recipe, str]]:
        with closing(LocalPool(jobs, seconds=60) if jobs else InProcess()) as pool:
            found = fuzz_language(PLAN, pool, count=GENERATION + 10, seconds=None)
            return {number: (recipe, result.text) for number, recipe, result in found if isinstance(result, Tried)}

    alone = drawn(0)
    assert len(alone) == GENERATION + 10 and drawn(2) == alone
    assert any(recipe.layers for recipe, _ in alone.values())


def test_a_failure_is_saved_with_what_it_was_drawn_from(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text(BROKEN)
    plan = replace(PLAN, pipelines=("broken",), load=(STEPS, str(file)))
    results = fuzz_language(plan, InProcess(), count=200, seconds=None)
    number, recipe, result = next(one for one in results if isinstance(one[2], Tried) and one[2].difference)
    assert isinstance(result, Tried)
    saved = save(tmp_path / "out", plan, number, recipe, result)
    facts = json.loads(saved.with_suffix(".json").read_text())
    again, _ = find_language(".steps", plan.load).draw(Recipe.from_json(facts["recipe"]).random())
    assert again == saved.read_text() == result.text and "interpreted: " in facts["difference"]


def test_the_command_tells_what_came_of_it(root: Path, tmp_path: Path) -> None:
    usual = ["fuzz", "--load", STEPS, "--language", ".steps", "--count", "40", "--jobs", "1", "--out", str(tmp_path)]
    found = seaofnodes(root, *usual)
    assert found.returncode == 0 and "40 programs, 600 calls" in found.stdout and "  rare" in found.stdout
    facts = json.loads(seaofnodes(root, *usual, "--json").stdout)
    assert (facts["programs"], facts["calls"], facts["findings"]) == (40, 600, [])
    counts = Counter(facts["coverage"]["matched"])
    assert f"{counts['rare']:>9,}  rare" in found.stdout


def test_a_pass_that_fails_is_told_with_its_line(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "crash.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom seaofnodes.passes.base import Pass\n@dataclass(frozen=True)\n"
        "class Crash(Pass):\n    name = 'crash'\n    def run(self, graph, context):\n        1 / 0\n"
    )
    load = ["--load", STEPS, "--load", str(file)]
    found = seaofnodes(
        root, "fuzz", *load, "--language", ".steps", "--count", "1", "--jobs", "1", "--out", str(tmp_path)
    )
    assert found.returncode == 1
    assert f"ZeroDivisionError: division by zero, in pass crash ({file}:7); interpreted: " in found.stderr
