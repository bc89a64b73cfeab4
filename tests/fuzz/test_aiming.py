"""Users' rules and passes: how often they fired is counted, and modules are changed so that they do."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seaofnodes.fuzz import corpus as corpora
from seaofnodes.fuzz.campaign import Campaign, State
from seaofnodes.fuzz.corpus import GENERATION, Corpus
from seaofnodes.fuzz.coverage import own_lines
from seaofnodes.fuzz.generate.module import generate
from seaofnodes.fuzz.generate.recipe import Recipe
from seaofnodes.fuzz.plan import Plan
from seaofnodes.fuzz.random_pipeline import random_pipeline
from seaofnodes.fuzz.registries import own, registry_for, rules_for, usual_pipeline
from seaofnodes.fuzz.tasks import fuzz_pool, try_number
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import SUPPORTED
from tests.fuzz.test_campaign import without_time
from tests.fuzz.test_commands import seaofnodes

HARD = str(Path(__file__).parent / "hard.py")
PLAN = Plan(5, ("simplify{rules=hard}",), vary=False, only=("evaluator",), load=(HARD,))


def run(plan: Plan, out: Path, count: int, jobs: int = 1) -> State:
    with closing(fuzz_pool(jobs)) as pool:
        return Campaign(plan, out).run(pool, count=count)


@pytest.mark.parametrize("rate", [0.001, 0.03, 0.5])
def test_changed_modules_are_valid(rate: float) -> None:
    """And the same again; with few changes, much is as it was."""
    changed = 0
    for number in range(12):
        parent = Recipe(f"parent:{number}")
        child = parent.mutated(f"child:{number}", rate, 4)
        before, after = generate(parent).draft, generate(child).draft
        decode_module(after.encode(), SUPPORTED)
        assert generate(child).draft.encode() == after.encode() != generate(Recipe(child.layers[0][0])).draft.encode()
        changed += before.encode() != after.encode()
        twice = child.mutated("more", rate, 4)
        decode_module(generate(twice).draft.encode(), SUPPORTED)
        assert Recipe.from_json(json.loads(json.dumps(twice.to_json()))) == twice
    assert changed >= (3 if rate < 0.01 else 12)
    same = Recipe("parent:1", (("never", 0.0),)).random()
    plain = random.Random("parent:1")
    assert [same.randint(1, 99) for _ in range(50)] == [plain.randint(1, 99) for _ in range(50)]
    assert [same.choices("abc", (1, 2, 3)) for _ in range(50)] == [plain.choices("abc", (1, 2, 3)) for _ in range(50)]


def test_recipes_have_so_many_layers_at_most() -> None:
    recipe = Recipe("a")
    for number in range(20):
        recipe = recipe.mutated(str(number), 0.01, 8)
    assert [seed for seed, _ in recipe.layers] == ["0", "1", "2", "3", "4", "5", "6", "19"]


def test_what_is_rare_is_changed_more_often() -> None:
    found = Corpus()
    for number in range(GENERATION):
        found.take(number, Recipe(f"1:{number}"), ("fired a 1",) if number != 7 else ("fired a 1", "fired a 3"))
    assert not found.kept  # the generation is not over
    drawn = Counter(found.recipe(1, number).seed for number in range(GENERATION, GENERATION + 2000))
    assert drawn["1:7"] > 1000 * 0.6 and len(found.kept["fired a 1"]) == 3
    assert sum(count == 1 for count in drawn.values()) > 600  # others are their own
    assert Corpus.from_json(json.loads(json.dumps(found.to_json()))) == found
    for wrong in (
        {"hits": {}},
        {"kept": {"x": []}},
        {"hits": {"fired a 3": 0, "fired a 1": 1}},
        {"fresh": [[1, ["a", []]]]},
    ):
        with pytest.raises((TypeError, ValueError, KeyError)):
            Corpus.from_json({**found.to_json(), **wrong})


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    count = GENERATION + 8
    whole = run(PLAN, tmp_path / "whole", count, jobs=2)
    run(PLAN, tmp_path / "parts", GENERATION - 5)
    assert without_time(run(PLAN, tmp_path / "parts", count)) == without_time(whole)
    assert whole.corpus.kept
    assert Corpus.from_json(json.loads(json.dumps(whole.corpus.to_json()))) == whole.corpus


def test_modules_are_changed_so_that_rules_fire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More often than in the same campaign without changes, and none goes wrong."""
    plan = replace(PLAN, only=("optimized",))
    aimed = run(plan, tmp_path / "aimed", 4 * GENERATION, jobs=2)
    monkeypatch.setattr(corpora, "_CHANCE", 0.0)
    drawn = run(plan, tmp_path / "drawn", 4 * GENERATION, jobs=2)
    assert not aimed.findings and not drawn.findings
    for rule in ("rotation", "hidden_flip", "rare_constant"):
        there = [state.coverage.counts["matched"][rule] for state in (aimed, drawn)]
        assert there[0] > 1.2 * there[1] > 0, (rule, there)


@pytest.mark.parametrize("kind", ["optimized", "evaluator"])
def test_firing_is_counted_in_every_tier(kind: str) -> None:
    plan = Plan(5, ("simplify{rules=hard},idle,renews",), vary=False, only=(kind,), load=(HARD,))
    found: Counter[str] = Counter()
    features: set[str] = set()
    for number in range(40):  # the condition of hidden_flip seldom holds
        tried = try_number(plan, number, Recipe(f"5:{number}"))
        for name in ("rules", "matched", "tried", "runs", "passes"):
            found.update({f"{name} {key}": count for key, count in tried.outcome.reached[name].items()})
        features |= set(tried.features)
    assert found["matched hidden_flip"] >= found["rules hidden_flip"] > 0
    assert found["tried hidden_flip"] > found["matched hidden_flip"]
    assert found["runs renews"] == found["passes renews"] == found["runs idle"] > 0 == found["passes idle"]
    assert {"tried hidden_flip", "matched rare_constant"} <= features
    assert any(one.startswith("said idle: nodes ") for one in features) and "simplify" not in str(features)


def test_what_did_nothing_is_told() -> None:
    counts: dict[str, dict[str, int]] = {
        "rules": {"rotation": 3}, "matched": {"rotation": 5, "rare_constant": 7},
        "tried": {"rotation": 9, "rare_constant": 8, "unusual": 1000}, "passes": {"renews": 2}, "runs": {"renews": 2},
    }  # fmt: skip
    lines, warnings = own_lines(own((HARD,)), counts)
    assert "            3 of         5  rotation" in lines and "            2 of         2  renews" in lines
    assert [re.sub(r" \(\S*hard.py:\d+\)", " (hard.py)", one) for one in warnings] == [
        "rule hidden_flip (hard.py) never fired: no pipeline tried it on such an operator",
        "rule rare_constant (hard.py) never fired: its pattern was there 7 times, but its condition never held",
        "rule unusual (hard.py) never fired: its pattern was never there, its last operator 1,000 times",
        "pass idle (hard.py) never ran: name it in a pipeline, with -p",
    ]
    assert own_lines(own(()), counts) == ([], [])


def test_the_command_tells_it(root: Path, tmp_path: Path) -> None:
    options = ["--load", HARD, "--only", "evaluator", "--count", "12", "--out", str(tmp_path), "--no-binaryen"]
    result = seaofnodes(root, "fuzz", *options, "--jobs", "2")
    assert result.returncode == 0, result.stderr
    assert "  your rules: fired, of the times that the pattern was there\n" in result.stdout
    assert "warning: pass idle (tests/fuzz/hard.py:42) never changed a graph, though it ran " in result.stderr
    assert "warning: rule rare_constant (tests/fuzz/hard.py:30) never fired: " in result.stderr
    assert "renews" not in result.stderr
    again: dict[str, Any] = json.loads(seaofnodes(root, "fuzz", *options, "--json").stdout)
    assert [line for line in again["warnings"] if line.startswith("pass idle (tests/fuzz/hard.py:42) never changed")]


def test_programs_of_a_language_too(root: Path, tmp_path: Path) -> None:
    load = ["--load", "examples/toy/toy_files.py", "--load", HARD, "--out", str(tmp_path)]
    result = seaofnodes(root, "fuzz", *load, "--language", ".toy", "--count", "3", "--jobs", "1")
    assert result.returncode == 0, result.stderr
    assert "warning: pass idle (tests/fuzz/hard.py:42) never changed a graph, though it ran " in result.stderr
    (line,) = [line for line in result.stdout.splitlines() if line.endswith("  renews")]
    assert int(line.split()[0].replace(",", "")) == int(line.split()[2].replace(",", "")) > 0


def test_users_passes_are_in_what_is_tried() -> None:
    assert usual_pipeline((HARD,)) == "default{rules=hard}+idle+renews" and usual_pipeline(()) == "default"
    texts = [random_pipeline(random.Random(seed), registry_for((HARD,)), own((HARD,))) for seed in range(60)]
    assert sum("idle" in text or "renews" in text for text in texts) > 20
    assert sum(rule.name == "rotation" for rule in rules_for((HARD,))) > 10
