"""Guessed tail calls: the baseline frame that is made may be of another function than the optimized frame's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import Engine
from seaofnodes.runtime.tiers.events import DeoptEvent, Event

Wat = Callable[[str], bytes]

TEXT = f"""(module
  (type $t (func (param i32 i64) (result i64)))
  (type $big (func (param {"i32 " * 11} i64) (result i64)))
  (table 8 funcref)
  (elem (i32.const 0) $even $odd $stop $big $odd2)
  (global $g (export "g") (mut i32) (i32.const 1))
  (func $even (export "even") (type $t)
    (if (i32.eqz (local.get 0)) (then (return (i64.add (local.get 1) (i64.const 7)))))
    (return_call_indirect (type $t)
      (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 3)) (global.get $g)))
  (func $odd (type $t)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $even (i32.sub (local.get 0) (i32.const 1)) (i64.mul (local.get 1) (i64.const 5))))
  (func $odd2 (type $t)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $even (i32.sub (local.get 0) (i32.const 1)) (i64.sub (local.get 1) (i64.const 5))))
  (func $stop (export "stop") (type $t)
    (return_call_indirect (type $big)
      {"(i32.const 1)" * 10} (local.get 0) (local.get 1) (i32.const 3)))
  (func $big (type $big)
    (if (result i64) (i32.eqz (local.get 10)) (then (local.get 11))
      (else (i64.add (local.get 11) (call_indirect (type $t) (local.get 9) (local.get 11) (global.get $g))))))
  )"""


def outcome(source: bytes, **options: object) -> tuple[list[int], list[DeoptEvent]]:
    """What the functions give while the target of their calls changes, and the deoptimizations."""
    engine = Engine(background=False, verify=True, tier_up_budget=50, **options)  # type: ignore[arg-type]
    deopts: list[DeoptEvent] = []

    def observe(event: Event) -> None:
        if isinstance(event, DeoptEvent):
            deopts.append(event)

    engine.observe(observe)
    exports = engine.instantiate(source).exports
    found = []
    for target in (1, 1, 1, 1, 4, 4, 4, 1, 4):
        exports["g"].value = target
        for name in ("even", "stop"):
            found += [exports[name](n, 77 * n) for n in (0, 1, 2, 17, 40, 5001)]
    return found, deopts


@pytest.mark.parametrize(
    "stress", [{}, {"stress_inline": True}, {"stress_deopt": True}, {"stress_deopt": True, "seed": 3}]
)
def test_tail_calls(wat: Wat, stress: dict[str, object]) -> None:
    expected, _ = outcome(wat(TEXT), tier="baseline")
    found, deopts = outcome(wat(TEXT), **stress)
    assert found == expected and deopts
    if stress.get("stress_deopt") and "seed" not in stress:  # a frame with one stack argument for one with three
        assert any(event.name == "even" and event.frames[-1].name == "odd2" for event in deopts)


def test_the_stack_does_not_grow(wat: Wat) -> None:
    engine = Engine(background=False, max_stack=1 << 16, tier_up_budget=50)
    exports = engine.instantiate(wat(TEXT)).exports
    for target in (1, 4, 1):
        exports["g"].value = target
        exports["even"](100_000, 1)
