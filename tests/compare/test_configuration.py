"""What `-p` takes."""

from __future__ import annotations

from typing import Any

import pytest

from seaofnodes.compare import compare
from seaofnodes.compare.configuration import Configuration, parse_configurations
from seaofnodes.errors import Error
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry


@pytest.mark.parametrize(
    ("text", "label", "pipeline", "options"),
    [
        ("default", "default", "default", {}),
        ("none", "none", "none", {}),
        ("inline{budget=100},gvn", "inline{budget=100},gvn", "inline{budget=100},gvn", {}),
        ("@tier=baseline", "@tier=baseline", "default", {"tier": "baseline"}),
        (" old : O1 @ inline=false , tier-up-budget=5 ", "old", "O1", {"inline": False, "tier_up_budget": 5}),
        ("a:b: gvn", "a:b", "gvn", {}),
        ("default@inline=true", "default@inline=true", "default", {}),
        ("O1+gvn@early", "O1+gvn@early", "gvn,O1", {}),
        ("x: O1+gvn@simplify#1 @inline=false", "x", "simplify,gvn,gvn,dead-code", {"inline": False}),
        ("O1+gvn@inline=false", "O1+gvn@inline=false", "simplify,gvn,gvn,dead-code", {"inline": False}),
    ],
)
def test_parse(text: str, label: str, pipeline: str, options: dict[str, object]) -> None:
    found = Configuration.parse(text)
    assert found.label == label
    assert found.pipeline == str(Pipeline.parse(pipeline))
    assert dict(found.options) == options
    engine = found.engine(PassRegistry())
    for key, value in options.items():
        assert getattr(engine.options, key) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "say 'none'"),
        ("name:", "say 'none'"),
        (": gvn", "empty label"),
        ("gvm", "did you mean 'gvn'"),
        ("gvn@inlin=false", "did you mean 'inline'"),
        ("gvn@inline", "needs a value"),
        ("gvn@inline=maybe", "takes bool, not 'maybe'"),
        ("gvn@tier=fast", "tier is one of"),
        ("gvn@tier-up-budget=-1", "tier_up_budget is"),
        ("gvn@max-memory=5", "no option 'max-memory'"),
    ],
)
def test_mistakes(text: str, words: str) -> None:
    with pytest.raises(Error, match=words):
        Configuration.parse(text)


def test_labels_are_unique() -> None:
    with pytest.raises(Error, match="two pipelines are called 'gvn'"):
        parse_configurations(["gvn", "gvn"], PassRegistry())
    with pytest.raises(Error, match="nothing to compare"):
        parse_configurations([], PassRegistry())


WAT = b'(module (func (export "f") (param i32) (result i32) local.get 0))'
CELL = """
from dataclasses import dataclass
from seaofnodes.passes.base import Pass, PassResult
@dataclass(frozen=True)
class Cell(Pass):
    name = "cell"
    def run(self, graph, context):
        context.analysis("version VERSION", graph.end)
        return PassResult(False)
"""


def defined(registry: PassRegistry, version: int) -> None:
    """A notebook's cell runs (again)."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(CELL.replace("VERSION", str(version)), names)
    registry.register(names["Cell"])


def test_passes_of_cells_are_compared_with_what_they_were_before() -> None:
    registry = PassRegistry()
    defined(registry, 1)
    old = Pipeline.parse("cell", registry)
    defined(registry, 2)
    new = Pipeline.parse("cell", registry)
    how: dict[str, Any] = {"run": False, "compile_rounds": 1}
    found = compare([WAT], {"plain": "none", "old": old, "new": new, "O1": Pipeline.parse("O1")}, **how)
    assert found.labels == ["plain", "old", "new", "O1"] and not found.failed
    remarks = {row.pipeline: row.remarks for row in found.rows}
    assert [remarks[label] for label in ("old", "new")] == [[f"analysis: cell: version {n}"] for n in (1, 2)]
    assert [configuration.pipeline for configuration in found.configurations][1:3] == ["cell", "cell"]
    named = compare([WAT], ["gvn+cell"], registry=registry, ablate=True, **how)
    assert named.labels == ["gvn+cell", "gvn+cell-gvn", "gvn+cell-cell"]
    assert [row.remarks for row in named.rows] == [["analysis: cell: version 2"]] * 2 + [[]]
    with pytest.raises(Error, match="are measured in it"):
        compare([WAT], {"old": old}, jobs=1, **how)
    with pytest.raises(Error, match="load and registry do not go together"):
        compare([WAT], ["cell"], registry=registry, load=["mine.py"], **how)
    assert not compare([WAT], [Pipeline.parse("O1")], jobs=1, **how).failed  # its text says all
