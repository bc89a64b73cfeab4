"""Calls whose results are compared right behind them: enough are drawn to find what takes them for conditions."""

from __future__ import annotations

import pytest

from seaofnodes.fuzz.generate.module import generate
from seaofnodes.fuzz.oracle import run_case
from seaofnodes.fuzz.plan import Plan, make_case
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common
from seaofnodes.passes.facts.conditions import Conditions, Known
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.lift.function import lift


def test_tests_right_behind_calls_are_drawn() -> None:
    branches = switches = 0
    for number in range(60):
        module = decode_module(generate(f"asked:{number}").draft.encode())
        for index in range(module.imported_functions, len(module.functions)):
            graph = lift(module, index)
            Pipeline.parse("simplify,gvn").run(graph)
            for node in graph.reachable():
                if (node.op.is_branch or node.op.is_switch) and node.control.op.is_call:
                    asks = node.op.is_switch or node.control in node.inputs[0].inputs[:2]
                    branches += asks and node.op.is_branch
                    switches += asks and node.op.is_switch
    assert branches >= 20 and switches >= 5


def _careless(self: Conditions, tested: Node, condition: Node, holds: bool, found: list[Known], most: int = 40) -> None:
    """Takes every branch that refers to a value for one that tests it."""
    for user in tested.uses:
        if user.op.is_branch:
            found += [Known(side, condition, holds == (side.op is common.IF_TRUE)) for side in user.uses]


def test_a_call_that_is_taken_for_a_condition_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is the control of the branch behind it."""
    monkeypatch.setattr(Conditions, "_add", _careless)
    plan = Plan(1, vary=False, only=("optimized",))
    differing = [number for number in range(60) if run_case(make_case(plan, number)).difference is not None]
    assert differing
    monkeypatch.undo()
    assert all(run_case(make_case(plan, number)).difference is None for number in differing)
