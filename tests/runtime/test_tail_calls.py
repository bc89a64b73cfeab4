"""Tail calls do not grow the stack: between tiers, between instances, in each form, with any mix of parameters."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from seaofnodes import Engine

Wat = Callable[[str], bytes]

DEEP = 10_000_000
FORMS = ("return_call", "return_call_indirect", "return_call_ref")


def mutual(form: str) -> str:
    """$even and $odd call each other; $odd takes stack arguments, and checks them."""
    jump = {
        "return_call": ("(return_call $odd)", "(return_call $even)"),
        "return_call_indirect": (
            "(return_call_indirect (type $o) (i32.const 1))",
            "(return_call_indirect (type $e) (i32.const 0))",
        ),
        "return_call_ref": ("(return_call_ref $o (ref.func $odd))", "(return_call_ref $e (ref.func $even))"),
    }[form]
    given = " ".join(f"(i64.const {n})" for n in range(12))
    wrong = "(i32.const 0)"
    for n in range(12):
        wrong = f"(i32.or {wrong} (i64.ne (local.get {n + 1}) (i64.const {n})))"
    return f"""(module
      (type $e (func (param i32) (result i32 i64 i64 f64)))
      (type $o (func (param i32 {"i64 " * 12}) (result i32 i64 i64 f64)))
      (table 2 funcref) (elem (i32.const 0) $even $odd)
      (func $even (export "even") (type $e)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 1) (i64.const 2) (i64.const 3) (f64.const 4))))
        (i32.sub (local.get 0) (i32.const 1)) {given} {jump[0]})
      (func $odd (type $o)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 0) (i64.const 5) (i64.const 6) (f64.const 7))))
        (if {wrong} (then unreachable))
        (i32.sub (local.get 0) (i32.const 1)) {jump[1]}))"""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tier", ["baseline", "optimized", "auto"])
def test_ten_million_deep(wat: Wat, tier: str, form: str) -> None:
    engine = Engine(tier=tier, background=False, tier_up_budget=1000, max_stack=1 << 16)  # type: ignore[arg-type]
    even = engine.instantiate(wat(mutual(form))).exports["even"]
    assert even(DEEP) == (1, 2, 3, 4.0)
    assert even(DEEP + 1) == (0, 5, 6, 7.0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("optimized", [0, 1])
def test_between_tiers(wat: Wat, optimized: int, form: str) -> None:
    """One of the two in optimized code, the other in baseline code."""
    instance = Engine(tier="baseline", max_stack=1 << 16).instantiate(wat(mutual(form)))
    code = instance.data.code
    code.optimize(optimized, instance.data.feedback)
    assert instance.exports["even"](DEEP) == (1, 2, 3, 4.0)
    assert set(code.optimized) == {optimized} and 1 - optimized in code.baseline


@pytest.mark.parametrize("shapes", [("", "i64 " * 12 + "f64 " * 10), ("i32 " * 9, "i64 f64 "), ("f64 ", "f32 ")])
@pytest.mark.parametrize("optimized", [(), (0,), (1,), (0, 1)])
def test_through_references_between_two_instances(
    wat: Wat, optimized: tuple[int, ...], shapes: tuple[str, str]
) -> None:
    """Each instance holds a reference to the other's function; arguments in registers and on the stack; each counts."""

    def module(own: str, other: str, more: str) -> bytes:
        def values(types: str) -> list[str]:
            return [f"({type}.const {number})" for number, type in enumerate(types.split())]

        checks = [
            f"(if ({value[1:4]}.ne (local.get {at}) {value}) (then unreachable))"
            for at, value in enumerate(values(own), start=1)
        ]
        return wat(f"""(module
          (type $own (func (param i32 {own}) (result i64 f64 i32)))
          (type $other (func (param i32 {other}) (result i64 f64 i32)))
          {more} (global $n (export "n") (mut i32) (i32.const 0))
          (func $f (export "f") (type $own)
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (if (i32.eqz (local.get 0)) (then (return (i64.const 7) (f64.const 2.5) (i32.const 9))))
            {" ".join(checks)}
            (return_call_ref $other (i32.sub (local.get 0) (i32.const 1)) {" ".join(values(other))}
              (global.get $peer))))""")

    engine = Engine(tier="baseline", max_stack=1 << 16)
    one = engine.instantiate(
        module(*shapes, '(global $peer (export "peer") (mut (ref null $other)) (ref.null $other))')
    )
    two = engine.instantiate(
        module(
            *reversed(shapes),
            """(import "one" "f" (func $peer (type $other)))
               (import "one" "peer" (global $theirs (mut (ref null $own))))
               (global $peer (ref $other) (ref.func $peer)) (elem declare func $f)
               (func $start (global.set $theirs (ref.func $f))) (start $start)""",
        ),
        {"one": one},
    )
    for number in optimized:
        instance = (one, two)[number]
        instance.data.code.optimize(number, instance.data.feedback)  # the second module's has an import before it
    assert one.exports["f"](DEEP, *range(len(shapes[0].split()))) == (7, 2.5, 9)
    assert (one.exports["n"].value, two.exports["n"].value) == (DEEP // 2 + 1, DEEP // 2)


@pytest.mark.parametrize("tier", ["baseline", "optimized", "auto"])
def test_between_two_instances(wat: Wat, tier: str) -> None:
    """One calls the other through a shared table, the other the one through a function that it imports; each counts."""
    engine = Engine(tier=tier, background=False, tier_up_budget=1000, max_stack=1 << 16)  # type: ignore[arg-type]
    one = engine.instantiate(
        wat("""(module (type $t (func (param i32 i64 f32) (result i32)))
          (table (export "table") 1 funcref) (global $n (export "n") (mut i32) (i32.const 0))
          (func (export "f") (param i32) (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (return_call_indirect (type $t) (local.get 0) (i64.const -1) (f32.const 0.5) (i32.const 0))))""")
    )
    two = engine.instantiate(
        wat("""(module (type $t (func (param i32 i64 f32) (result i32)))
          (import "one" "f" (func $f (param i32) (result i32))) (import "one" "table" (table 1 funcref))
          (elem (i32.const 0) $g) (global $n (export "n") (mut i32) (i32.const 0))
          (func $g (type $t)
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (if (i32.eqz (local.get 0)) (then (return (i32.trunc_f32_s (f32.mul (local.get 2) (f32.const 84))))))
            (return_call $f (i32.sub (local.get 0) (i32.const 1)))))"""),
        {"one": one},
    )
    assert one.exports["f"](DEEP) == 42
    assert one.exports["n"].value == two.exports["n"].value == DEEP + 1


def test_to_a_host_function(wat: Wat) -> None:
    seen: list[tuple[object, ...]] = []

    def host(*values: object) -> int:
        seen.append(values)
        return len(values)

    engine = Engine(tier="optimized")
    instance = engine.instantiate(
        wat(f"""(module (import "env" "host" (func $host (param {"i32 i64 " * 6}) (result i32)))
          (func (export "f") (param i32 i64) (result i32)
            {"(local.get 0) (local.get 1) " * 6} (return_call $host)))"""),
        {"env": {"host": host}},
    )
    assert instance.exports["f"](3, -4) == 12
    assert seen == [(3, -4) * 6]


@pytest.mark.parametrize("tier", ["baseline", "optimized"])
def test_arguments_may_change_places(wat: Wat, tier: str) -> None:
    """A chain of functions with ever other numbers of parameters, each of which turns its arguments round."""
    counts = (14, 3, 20, 9, 0, 17, 30, 11)
    parts = []
    for at, (own, following) in enumerate(pairwise(counts)):
        given = " ".join(
            f"(local.get {own - 1 - n % own})" if own else f"(i64.const {n})" for n in range(following)
        )
        kind = f"(param {'i64 ' * own}) (result i64 i64 i64 i64 i64)"
        parts.append(f"(func $f{at} {kind} {given} (return_call $f{at + 1}))")
    last = counts[-1]
    parts.append(
        f"(func $f{len(counts) - 1} (param {'i64 ' * last}) (result i64 i64 i64 i64 i64)"
        f" (local.get 0) (local.get 1) (local.get 5) (local.get 9) (local.get 10))"
    )
    first = " ".join(f"(i64.const {100 + n})" for n in range(counts[0]))
    text = f'(module {" ".join(parts)} (func (export "f") (result i64 i64 i64 i64 i64) {first} (call $f0)))'
    values = [100 + n for n in range(counts[0])]
    for following in counts[1:]:
        own = len(values)
        values = [values[own - 1 - n % own] if own else n for n in range(following)]
    engine = Engine(tier=tier, inline=False)  # type: ignore[arg-type]
    assert engine.instantiate(wat(text)).exports["f"]() == tuple(values[n] for n in (0, 1, 5, 9, 10))
