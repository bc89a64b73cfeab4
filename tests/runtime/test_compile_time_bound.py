"""Compile time grows about as fast as functions do, and is bounded, whatever their shape.

Time is counted, not measured: in calls of functions, of Python's and of C's.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from seaofnodes import Engine, UnsupportedError
from seaofnodes.ir.budget import Budget
from seaofnodes.runtime.counters.feedback import Feedback
from seaofnodes.runtime.tiers.compile import compile_baseline_tier, compile_optimizing_tier
from seaofnodes.runtime.tiers.events import Event, GiveUpEvent
from seaofnodes.wasm.decoder import decode_module
from tests.runtime.compile_shapes import SHAPES, module_of

STEEP = 1.35  # exponent of growth that is too much
QUADRATIC = {  # what they stand for is: inputs of phis, or live ranges
    "back edges times locals", "branches to every loop", "returning cases", "nested loops", "loops times locals",
    "diamonds of live values",
}  # fmt: skip

COUNTS = {"interpreter": 500, "globals and branches": 300}  # where less would show nothing


def calls(function: Callable[[], object]) -> int:
    """How many calls, of functions of Python and of C, a function makes."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def cost(name: str, count: int, tier: str) -> tuple[int, int]:
    """Bytes of bytecode, and calls to compile it."""
    module = decode_module(module_of(name, count))
    index = len(module.functions) - 1
    code = Engine().module_code(module)
    feedback = Feedback.pretended(code.unit.feedback_layout)

    def compile() -> None:
        if tier == "baseline":
            compile_baseline_tier(code, index)
        else:
            compile_optimizing_tier(code, index, feedback)

    return module.code[-1].size, calls(compile)


@pytest.mark.parametrize("tier", ["baseline", "optimized"])
@pytest.mark.parametrize("name", [name for name in SHAPES if name not in QUADRATIC])
def test_growth(name: str, tier: str) -> None:
    count = COUNTS.get(name) or max(SHAPES[name][1] // 5, 20)
    cost(name, 2, tier)  # fills tables
    small, few = cost(name, count, tier)
    large, many = cost(name, 2 * count, tier)
    assert math.log(many / few) / math.log(large / small) < STEEP


LARGE = {
    "back edges times locals": 4000,
    "branches to every loop": 1500,
    "returning cases": 6000,
    "many locals": 45_000,
    "straight line": 200_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_too_large(name: str) -> None:
    """Baseline code is all that there is; an event says so, and why."""
    module = decode_module(module_of(name, LARGE[name]))
    code = Engine().module_code(module)
    feedback = Feedback.pretended(code.unit.feedback_layout)
    with pytest.raises(UnsupportedError, match="to be optimized"):
        compile_optimizing_tier(code, len(module.functions) - 1, feedback)


def test_giving_up_is_an_event() -> None:
    module = decode_module(module_of("branches to every loop", 1500))
    engine = Engine(tier_up_budget=0, background=False)
    events: list[Event] = []
    engine.observe(events.append)
    instance = engine.instantiate(module)
    assert instance.exports["f"](0, 0) == 0
    [given_up] = [event for event in events if isinstance(event, GiveUpEvent)]
    assert given_up.function_index == len(module.functions) - 1
    assert "to be optimized" in given_up.reason


def test_budget() -> None:
    asked: list[int] = []
    budget = Budget("f", 10, lambda: asked.append(1))
    budget.spend(4)
    budget.require(6)
    with pytest.raises(UnsupportedError, match="function f is too large to be optimized"):
        budget.require(7)
    budget.spend(6)
    with pytest.raises(UnsupportedError, match="too large"):
        budget.spend(1)
    assert len(asked) == 3


def test_passes_spend() -> None:
    """A compilation that was not too large at first ends when its passes have used the budget up."""
    module = decode_module(module_of("chained ifs", 20))
    compilation = Engine().compile(module, 1)
    assert compilation.graph.budget is not None
    graph = compilation.graph
    graph.budget = Budget("f", 100)
    with pytest.raises(UnsupportedError, match="too large"):
        compilation.pipeline.run(graph, compilation.context)
