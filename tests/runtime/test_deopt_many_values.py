"""Deoptimization with frame states of more values than one node has: they are trees that are shared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import Engine
from seaofnodes.runtime.tiers.events import DeoptEvent, Event

COUNT = 40


def program() -> str:
    """A loop with calls, over locals of all types, each of which changes in every turn; and their sum as i64."""
    types = ["i32", "i64", "f32", "f64"]
    local = [types[i % 4] for i in range(COUNT)]
    declared = " ".join(f"(local $x{i} {local[i]})" for i in range(COUNT))
    first = " ".join(f"(local.set $x{i} ({local[i]}.const {i}))" for i in range(COUNT))
    step = " ".join(
        f"(local.set $x{i} ({local[i]}.add (local.get $x{i}) (call ${local[i]} (local.get $x{(i + 4) % COUNT}))))"
        for i in range(COUNT)
    )
    as_i64 = {"i32": "i64.extend_i32_s", "i64": "", "f32": "i64.trunc_sat_f32_s", "f64": "i64.trunc_sat_f64_s"}
    total = "(i64.const 0)"
    for i in range(COUNT):
        value = f"({as_i64[local[i]]} (local.get $x{i}))" if as_i64[local[i]] else f"(local.get $x{i})"
        total = f"(i64.add (i64.rotl {total} (i64.const 1)) {value})"
    functions = "".join(
        f"(func ${type} (param {type}) (result {type})"
        f" (if (i32.and (global.get $n) (i32.const 1)) (then (global.set $n (i32.add (global.get $n) (i32.const 3)))))"
        f" ({type}.add (local.get 0) ({type}.const 1)))"
        for type in types
    )
    return f"""(module (global $n (mut i32) (i32.const 1)) {functions}
      (func (export "run") (param $n i32) (result i64) {declared} {first}
        (loop $l {step} (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        {total}))"""


@pytest.mark.parametrize("inline", [False, True])
def test_exits_all_over(wat: Callable[[str], bytes], inline: bool) -> None:
    source = wat(program())
    expected = [Engine(tier="baseline").instantiate(source).exports["run"](n) for n in (1, 2, 9)]
    events: list[Event] = []
    for seed in range(6):  # each takes other exits
        engine = Engine(tier="optimized", stress_deopt=True, stress_inline=inline, verify=True, seed=seed)
        engine.observe(events.append)
        run = engine.instantiate(source).exports["run"]
        assert [run(n) for n in (1, 2, 9, 1, 2, 9)] == expected * 2
    left = [event for event in events if isinstance(event, DeoptEvent)]
    assert len({(event.function_index, event.exit) for event in left}) > 5
    assert any(len(frame.values) > COUNT for event in left for frame in event.frames)
