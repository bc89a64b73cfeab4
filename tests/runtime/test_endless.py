"""Loops whose last way out is inlined away, in all tiers and under every kind of stress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seaofnodes import Engine
from seaofnodes.errors import TimeLimitError, Trap
from tests.support import wat

# f(1) ends with a trap, in a callee that always throws back to the loop's header.
WRONG_ARM = """(module (tag $e) (global $n (mut i32) (i32.const 0))
  (func $t
    (global.set $n (i32.sub (global.get $n) (i32.const 1)))
    (drop (i32.div_u (i32.const 1) (global.get $n)))
    (throw $e))
  (func (export "f") (param i32) (result i32)
    (global.set $n (i32.const 4))
    (block $b (block $a (br_table $a $b $a (local.get 0))) (return (i32.const 10)))
    (loop $l (try_table (catch_all $l) (call $t)))
    (unreachable)))"""
CRASH = """(module (tag $e)
  (func $t (throw $e))
  (func (export "f") (param i32) (result i32)
    (if (local.get 0) (then (loop $l (try_table (catch_all $l) (call $t)))))
    (i32.const 7)))"""
# The handler is the only way out, and the callee never throws.
NO_THROW = """(module (tag $e) (global $n (mut i32) (i32.const 0))
  (func $t
    (global.set $n (i32.sub (global.get $n) (i32.const 1)))
    (drop (i32.div_u (i32.const 1) (global.get $n))))
  (func (export "f") (param i32) (result i32)
    (global.set $n (i32.const 4))
    (block $b (block $a (br_table $a $b $a (local.get 0))) (return (i32.const 10)))
    (block $o (loop $l (try_table (catch_all $o) (call $t)) (br $l)))
    (return (i32.const 11))))"""
# The same through a table: the guess leaves for baseline code, or a generic call stays.
INDIRECT = NO_THROW.replace('(func (export "f")', '(table funcref (elem $t)) (func (export "f")').replace(
    "(call $t)", "(call_indirect (i32.const 0))"
)
MODES: dict[str, dict[str, Any]] = {
    "baseline": {"tier": "baseline"},
    "optimized": {"tier": "optimized"},
    "auto": {"tier": "auto", "tier_up_budget": 0, "background": False},
    "auto, later": {"tier": "auto", "tier_up_budget": 3, "background": False},
    "auto, in the background": {"tier": "auto", "tier_up_budget": 1},
    "verify": {"tier": "optimized", "verify": True},
    "auto, verify": {"tier": "auto", "tier_up_budget": 0, "background": False, "verify": True},
    "stress_deopt": {"tier": "optimized", "stress_deopt": True, "verify": True},
    "stress_inline": {"tier": "optimized", "stress_inline": True, "verify": True},
    "auto, stress_inline": {"tier": "auto", "tier_up_budget": 0, "background": False, "stress_inline": True},
    "both": {"tier": "optimized", "stress_inline": True, "stress_deopt": True, "verify": True},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", [WRONG_ARM, NO_THROW, INDIRECT], ids=["throws", "returns", "indirect"])
def test_the_loop_traps(text: str, mode: str) -> None:
    instance = Engine(time_limit=20, **MODES[mode]).instantiate(wat(text))
    f = instance.exports["f"]
    for _ in range(8):
        assert f(0) == 10
        with pytest.raises(Trap, match="integer divide by zero"):
            f(1)
        assert f(2) == 10


@pytest.mark.parametrize("mode", MODES)
def test_the_loop_spins(mode: str) -> None:
    engine = Engine(time_limit=0.3, **MODES[mode])
    f = engine.instantiate(wat(CRASH)).exports["f"]
    assert f(0) == 7
    with pytest.raises(TimeLimitError):
        f(1)
    assert f(0) == 7


@pytest.mark.parametrize("mode", MODES)
def test_the_given_inputs(shared: Path, mode: str) -> None:
    """The two modules that went wrong first."""
    folder = shared / "faults"
    engine = Engine(time_limit=0.3, **MODES[mode])
    f = engine.instantiate(folder / "endless-after-inlining-crash.wat").exports["f"]
    g = Engine(**MODES[mode]).instantiate(folder / "endless-after-inlining-wrong-arm.wat").exports["f"]
    for _ in range(5):
        assert (f(0), g(0), g(2)) == (7, 10, 10)
        with pytest.raises(Trap, match="integer divide by zero"):
            g(1)
    with pytest.raises(TimeLimitError):
        f(1)
