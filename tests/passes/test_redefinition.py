"""Passes, rule sets and pipelines that are defined again, as in a notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes.errors import PassError
from seaofnodes.passes.base import Pass
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.passes.rules import RuleSet

CELL = """
from dataclasses import dataclass
from seaofnodes.passes.base import Pass, PassResult
from seaofnodes.passes.patterns import Operators, variables
from seaofnodes.passes.rules import RuleSet

@dataclass(frozen=True)
class Mine(Pass):
    name = "mine"
    def run(self, graph, context):
        return PassResult(False, {"version": 1})

o, [x] = Operators(), variables("x")
rules = RuleSet("my-rules")

@rules.rule(o.Int32Mul(x, 3))
def triple():
    return o.Int32Add(o.Word32Shl(x, 1), x)
"""
AGAIN = CELL.replace("1}", "2}").replace("Int32Mul(x, 3)", "Int32Mul(x, 5)").replace("Shl(x, 1)", "Shl(x, 2)")


def cell(text: str, number: int) -> tuple[type[Pass], RuleSet]:
    """What a notebook's cell defines: no file has its text."""
    names: dict[str, object] = {"__name__": "__main__"}
    exec(compile(text, f"<cell {number}>", "exec"), names)
    found, rules = names["Mine"], names["rules"]
    assert isinstance(found, type) and issubclass(found, Pass) and isinstance(rules, RuleSet)
    return found, rules


def test_a_cell_that_runs_again_replaces_its_pass() -> None:
    registry = PassRegistry()
    first, second = cell(CELL, 1)[0], cell(AGAIN, 2)[0]
    registry.register(first)
    old = Pipeline.parse("mine,gvn", registry)
    assert registry.register(second) is second and registry.find("mine") is second
    assert registry.names().count("mine") == 1
    assert type(old.passes[0]) is first
    assert type(Pipeline.parse("mine,gvn", registry).passes[0]) is second


def test_a_renamed_class_of_a_cell_replaces_the_pass() -> None:
    registry = PassRegistry()
    registry.register(cell(CELL, 1)[0])
    names: dict[str, object] = {"__name__": "__main__"}
    exec(compile(AGAIN.replace("class Mine", "class Other"), "<cell 2>", "exec"), names)
    registry.register(names["Other"])  # type: ignore[arg-type]
    assert registry.find("mine") is names["Other"]


def test_a_cell_that_runs_again_replaces_its_rules() -> None:
    registry = PassRegistry()
    first, second = cell(CELL, 1)[1], cell(AGAIN, 2)[1]
    registry.register_rules(first)
    old = Pipeline.parse("simplify{rules=my-rules}", registry)
    registry.register_rules(second)
    assert registry.rule_sets == [second] and registry.find_rules("my-rules") is second
    assert old.rule_sets == (first,)
    assert Pipeline.parse("simplify{rules=my-rules}", registry).rule_sets == (second,)
    assert vars(registry.find("my-rules"))["rules"] is second


def test_rules_whose_names_are_those_of_another_set_are_refused() -> None:
    registry = PassRegistry()
    registry.register_rules(cell(CELL, 1)[1])
    with pytest.raises(PassError, match="triple is in both"):
        registry.register_rules(cell(AGAIN.replace('"my-rules"', '"others"'), 2)[1])


def test_built_in_passes_and_rules_are_not_replaced() -> None:
    registry = PassRegistry()
    with pytest.raises(PassError, match="'gvn' is already there"):
        registry.register(cell(CELL.replace('"mine"', '"gvn"'), 1)[0])
    with pytest.raises(PassError, match="'gvn' is already there"):
        registry.register_rules(cell(CELL.replace('"my-rules"', '"gvn"'), 1)[1])
    with pytest.raises(PassError, match="'O1' is already there"):
        registry.register_preset("O1", "gvn")


def test_pipelines_are_defined_again() -> None:
    registry = PassRegistry()
    registry.register_preset("quick", "gvn")
    registry.register_preset("quick", "simplify")
    assert str(Pipeline.parse("quick", registry)) == "simplify"


def test_a_file_that_is_loaded_again_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    registry = PassRegistry()
    path.write_text(CELL + 'PIPELINES = {"quick": "mine"}\n')
    registry.load(path)
    former = registry.find("mine")
    path.write_text(AGAIN + 'PIPELINES = {"quick": "mine,gvn"}\n')
    registry.load(path)
    assert registry.find("mine") is not former
    assert [len(rules.rules) for rules in registry.rule_sets] == [1]
    assert str(Pipeline.parse("quick", registry)) == "mine,gvn"


def test_files_do_not_replace_what_others_define(tmp_path: Path) -> None:
    registry = PassRegistry()
    (tmp_path / "other").mkdir()
    first, second = tmp_path / "mine.py", tmp_path / "other" / "mine.py"
    first.write_text(CELL)
    registry.load(first)
    second.write_text(CELL)
    with pytest.raises(PassError, match="'mine' is already there"):
        registry.load(second)
    with pytest.raises(PassError, match="'mine' is already there"):
        registry.register(cell(CELL, 1)[0])
    second.write_text('PIPELINES = {"quick": "gvn"}\n')
    first.write_text('PIPELINES = {"quick": "gvn"}\n')
    registry = PassRegistry()
    registry.load(first)
    with pytest.raises(PassError, match="'quick' is already there"):
        registry.load(second)


def test_two_classes_of_one_file_are_not_one_pass(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    first, _, _ = CELL.partition("o, [x]")
    path.write_text(CELL + first.replace("class Mine", "class Other"))
    with pytest.raises(PassError, match="'mine' is already there"):
        PassRegistry().load(path)


def test_two_classes_of_one_test_are_not_one_pass() -> None:
    from dataclasses import dataclass

    from seaofnodes.passes.gvn import GlobalValueNumbering

    @dataclass(frozen=True)
    class First(GlobalValueNumbering):
        name = "mine"

    @dataclass(frozen=True)
    class Second(GlobalValueNumbering):
        name = "mine"

    registry = PassRegistry()
    registry.register(First)
    with pytest.raises(PassError, match="already there"):
        registry.register(Second)
