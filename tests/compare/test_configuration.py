"""What `-p` takes."""

from __future__ import annotations

import pytest

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
