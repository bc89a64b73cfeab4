"""Which locals frame states keep: those that are read before they are written again, in handlers, too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.liveness import Liveness

Wat = Callable[[str], bytes]

BODIES = {
    "read later": ("(call $f) (drop (local.get 1))", [0b010]),
    "written before": ("(call $f) (local.set 1 (i32.const 3)) (drop (local.get 1))", [0]),
    "in one arm": ("(call $f) (if (local.get 0) (then (drop (local.get 2))))", [0b101]),
    "around a loop": (
        "(loop (drop (local.get 1)) (call $f) (local.set 2 (i32.const 1)) (br_if 0 (local.get 0)))",
        [0b011] * 2,
    ),
    "in a handler": (
        "(block (try_table (catch_all 0) (call $f) (local.set 1 (i32.const 3)))) (drop (local.get 1))",
        [0b010],
    ),
    "in a legacy handler": ("try call $f catch_all (drop (local.get 2)) end", [0b100]),
    "in another arm": (
        "try (call $f) catch $e (drop) (call $f) (local.set 2 (i32.const 1)) catch_all (drop (local.get 2)) end"
        " (drop (local.get 0))",
        [0b101, 0b001],
    ),
    "in the arm of a try around": (
        "try try (call $f) catch_all (call $f) (local.set 2 (i32.const 1)) end catch_all (drop (local.get 2)) end",
        [0b100, 0b100],
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_live_before_calls_and_loops(wat: Wat, name: str) -> None:
    body, expected = BODIES[name]
    text = f"""(module (tag $e (param i32)) (func $f)
        (func (param i32 i32 i32) {body}))"""
    module = decode_module(wat(text), SUPPORTED)
    code = module.body(1)
    live = Liveness(code)
    found = [live.at(i) for i, opcode in enumerate(code.opcodes) if opcode in (op.CALL, op.LOOP)]
    assert found == expected
