"""Array bounds checks of `a[i + c]` and `a[i - c]`: decided where sums cannot wrap, and the same results everywhere."""

from __future__ import annotations

import random
from typing import Final

import pytest

from seaofnodes import Engine, Trap
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.interpreter.link import instantiate
from tests.passes.texts import count, lifted
from tests.support import wat

PIPELINE: Final = "simplify,gvn,branch-elimination,simplify,gvn,dead-code"
HEAD: Final = """(param $a (ref $bytes)) (param $n i32) (param $m i32) (result i32)
  (local $i i32) (local $s i32) (local $left i32)"""
LENGTH, INDEX, N = "(array.len (local.get $a))", "(local.get $i)", "(local.get $n)"


def plus(value: str, constant: int) -> str:
    return f"(i32.add {value} (i32.const {constant}))" if constant else value


def get(index: str) -> str:
    read = f"(i32.add (array.get_u $bytes (local.get $a) {index}) (i32.mul (local.get $s) (i32.const 7)))"
    return f"(local.set $s {read})"


def near(constant: int) -> str:
    return get(plus(INDEX, constant))


def loop(first: str, test: str, inside: str, step: int = 1) -> str:
    """for (i = first; test; i += step) inside, for at most nine iterations."""
    again = "(br_if $l (local.tee $left (i32.sub (local.get $left) (i32.const 1))))"
    turn = f"{inside} (local.set $i {plus(INDEX, step)}) {again}"
    start = f"(local.set $i {first}) (local.set $left (i32.const 9))"
    return f"{start} (block $o (loop $l (br_if $o (i32.eqz {test})) {turn}))"


def module(body: str) -> str:
    types = "(type $bytes (array (mut i8)))"
    make = """(func (export "make") (param i32) (result (ref $bytes)) (local $a (ref $bytes)) (local $i i32)
      (local.set $a (array.new_default $bytes (local.get 0)))
      (loop $l (if (i32.lt_u (local.get $i) (local.get 0)) (then
        (array.set $bytes (local.get $a) (local.get $i) (i32.add (local.get $i) (i32.const 3)))
        (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))) (local.get $a))"""
    return f'(module {types} (func (export "f") {HEAD} {body} (local.get $s)) {make})'


def checks(body: str) -> int:
    """Array bounds checks that are left."""
    graph = lifted(module(body), PIPELINE)
    return count(graph, "TrapUnless") + count(graph, "TrapIf")


def const(number: int) -> str:
    return f"(i32.const {number})"


STENCIL = near(-1) + near(1)
GONE = {
    "both neighbours": loop(const(1), f"(i32.lt_s {INDEX} {plus(LENGTH, -1)})", STENCIL),
    "both neighbours, subtracted": loop(
        const(1),
        f"(i32.lt_s {INDEX} (i32.sub {LENGTH} (i32.const 1)))",
        get(f"(i32.sub {INDEX} (i32.const 1))") + near(1),
    ),
    "two on either side": loop(const(2), f"(i32.lt_s {INDEX} {plus(LENGTH, -2)})", near(-2) + near(2)),
    "not more than, of a short array": f"(if (i32.lt_u {LENGTH} (i32.const 1000)) (then"
    f" {loop(const(0), f'(i32.le_s {INDEX} {plus(LENGTH, -2)})', near(0) + near(1))}))",
    "the next one alone": loop(const(0), f"(i32.lt_s {INDEX} {plus(LENGTH, -1)})", near(1)),
    "the sum is compared": loop(const(0), f"(i32.lt_s {plus(INDEX, 1)} {LENGTH})", near(0) + near(1)),
    "steps of two, of a short array": f"(if (i32.lt_u {LENGTH} (i32.const 1000)) (then"
    f" {loop(const(0), f'(i32.lt_s {INDEX} {plus(LENGTH, -1)})', near(0) + near(1), 2)}))",
    "the sum of another is compared": f"(if (i32.lt_u {N} (i32.const 9)) (then"
    f" (if (i32.lt_s {plus(N, 3)} {LENGTH}) (then {get(plus(N, 2))} {get(N)}))))",
    "unsigned, where there are elements": f"(if (i32.gt_u {LENGTH} (i32.const 0)) (then"
    f" {loop(const(0), f'(i32.lt_u {INDEX} {plus(LENGTH, -1)})', near(1))}))",
    "a limit of its own": f"(if (i32.le_s {N} {plus(LENGTH, -1)}) (then"
    f" {loop(const(1), f'(i32.lt_s {INDEX} {N})', STENCIL)}))",
    "down": f"(if (i32.lt_u {N} {LENGTH}) (then"
    f" {loop(N, f'(i32.gt_s {INDEX} (i32.const 0))', near(0) + near(-1), -1)}))",
    "no loop": f"(if (i32.lt_u {N} {plus(LENGTH, -4)}) (then (if (i32.gt_u {LENGTH} (i32.const 4))"
    f" (then {get(plus(N, 4))}))))",
}  # fmt: skip
STAYS = {
    "one too far": loop(const(1), f"(i32.lt_s {INDEX} {plus(LENGTH, -1)})", near(2)),
    "one before the first": loop(const(0), f"(i32.lt_s {INDEX} {plus(LENGTH, -1)})", near(-1)),
    "the length less one may wrap": loop(const(0), f"(i32.lt_u {INDEX} {plus(LENGTH, -1)})", near(1)),
    "the sum may wrap": loop(N, f"(i32.lt_u {plus(INDEX, 1)} {LENGTH})", near(0)),
    "the sum that is compared may wrap": f"(if (i32.lt_u {plus(N, 1)} {LENGTH}) (then {get(N)}))",
    "the limit may be the lowest number": loop(const(0), f"(i32.lt_s {INDEX} {plus(N, -1)})", near(0)),
    "the start may be negative": loop(N, f"(i32.lt_s {INDEX} {plus(LENGTH, -1)})", near(1)),
    "no more than": loop(const(1), f"(i32.le_s {INDEX} {plus(LENGTH, -1)})", near(1)),
    "down too far": f"(if (i32.le_u {N} {LENGTH}) (then {loop(N, f'(i32.gt_s {INDEX} (i32.const 0))', near(0), -1)}))",
    "stepped after the test": loop(
        const(0), f"(i32.lt_s {INDEX} {LENGTH})", f"(local.set $i {plus(INDEX, 1)}) {near(0)}"
    ),
    "no loop": f"(if (i32.lt_u {N} {plus(LENGTH, -4)}) (then {get(plus(N, 4))}))",
}  # fmt: skip
NUMBERS = (0, 1, 2, 3, 5, -1, -2, 2**31 - 1, -(2**31), 1 - 2**31)


def outcomes(exports: object, draws: random.Random) -> list[object]:
    """What the function gives for arrays of few elements and numbers where sums wrap."""
    found: list[object] = []
    f, make = exports["f"], exports["make"]  # type: ignore[index]
    for length in range(6):
        array = make(length)
        for _ in range(8):
            try:
                found.append(f(array, draws.choice(NUMBERS), draws.choice(NUMBERS)))
            except Trap as trap:
                found.append(trap.reason)
    return found


def check(body: str) -> list[object]:
    """Compare all tiers; gives what they all give."""
    data = wat(module(body))
    wanted = outcomes(instantiate(decode_module(data)).exports, random.Random(1))
    for pipeline in (PIPELINE, "default"):
        engine = Engine(tier="optimized", pipeline=pipeline, verify=True, strict=True)
        assert outcomes(engine.instantiate(data).exports, random.Random(1)) == wanted
    return wanted


@pytest.mark.parametrize("name", GONE)
def test_checks_that_are_decided(name: str) -> None:
    assert checks(GONE[name]) == 0
    assert not any(isinstance(one, str) for one in check(GONE[name]))


@pytest.mark.parametrize("name", STAYS)
def test_checks_that_stay(name: str) -> None:
    assert checks(STAYS[name]) >= 1
    check(STAYS[name])


def test_each_check_that_stays_fails_somewhere() -> None:
    """So that what is proven too much of shows: all of them but one trap with an input that is tried."""
    silent = [name for name, body in STAYS.items() if not any(isinstance(one, str) for one in check(body))]
    assert silent == []


def test_a_limit_that_changes_with_the_counter() -> None:
    """A counter is below the limit of its own iteration only where that is tested again."""
    body = f"""(local.set $n (i32.const 5)) (loop $l
      (if (i32.lt_u {INDEX} {N}) (then (local.set $s {plus("(local.get $s)", 1)})))
      (if (i32.lt_u {plus(INDEX, 1)} {N}) (then (local.set $i {plus(INDEX, 1)})
        (local.set $n (i32.or (local.get $m) (i32.const 1))) (local.set $m (i32.shr_u (local.get $m) (i32.const 1)))
        (br $l))))"""
    assert 1 in check(body) and 2 in check(body)


def drawn(draws: random.Random) -> str:
    """A loop, mostly over the elements, with an index that is a constant away."""
    first = draws.choice([const(draws.choice((0, 1, 2, -1))), N, plus(N, draws.choice((-1, 1)))])
    step = draws.choice((1, 1, 1, 2, -1))
    limit = plus(draws.choice([LENGTH, LENGTH, N, "(local.get $m)"]), draws.choice((0, -1, -2, 1)))
    order = draws.choice(("lt_s", "lt_u", "le_s", "le_u", "ne", "gt_s", "ge_s"))
    counter = plus(INDEX, draws.choice((0, 0, 0, 1, -1)))
    inside = "".join(get(plus(INDEX, draws.choice((-2, -1, 0, 1, 2)))) for _ in range(draws.choice((1, 2))))
    if draws.random() < 0.3:
        inside = f"(if (i32.lt_{draws.choice('su')} {plus(INDEX, draws.choice((-1, 1)))} {LENGTH}) (then {inside}))"
    body = loop(first, f"(i32.{order} {counter} {limit})", inside, step)
    if draws.random() < 0.4:
        test = draws.choice(
            [f"(i32.gt_{draws.choice('su')} {LENGTH} {const(draws.choice((0, 1, 2)))})",
             f"(i32.l{draws.choice('te')}_{draws.choice('su')} {N} {plus(LENGTH, draws.choice((0, -1, 1)))})"]
        )  # fmt: skip
        body = f"(if {test} (then {body}))"
    return body


@pytest.mark.parametrize("seed", range(4))
def test_drawn_loops(seed: int) -> None:
    for number in range(25):
        body = drawn(random.Random(f"{seed} {number}"))
        try:
            check(body)
        except AssertionError as error:
            raise AssertionError(body) from error


def test_enough_of_what_is_drawn_is_decided() -> None:
    bodies = [drawn(random.Random(f"0 {number}")) for number in range(60)]
    assert sum(checks(body) < body.count("array.get") for body in bodies) >= 10
