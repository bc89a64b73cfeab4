"""A user's language: the toy of the examples is interpreted, guessed, left for its interpreter, and learns."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

import pytest

from seaofnodes import Engine
from seaofnodes.errors import Error
from seaofnodes.runtime.tiers.events import CompileEvent, DeoptEvent, Event, OsrEvent
from tests.language.toy import SUM, toy_class

LOOP = """
function sum n step
  const i 0
  const one 1
  const total 0
more:
  add total total step
  add i i one
  less again i n
  branch again more
  return total
"""
RECURSION = """
function fib n
  const two 2
  less small n two
  branch small end
  const one 1
  sub a n one
  sub b n two
  call x fib a
  call y fib b
  add x x y
  return x
end:
  return n
"""
NESTED = """
function f n
  const one 1
  const total 0
  const i 0
outer:
  const j 0
inner:
  mul x i j
  add total total x
  add j j one
  less t j n
  branch t inner
  add i i one
  less t i n
  branch t outer
  return total
"""


def load(text: str, **options: Any) -> tuple[Any, list[Event]]:
    """The toy in an engine of its own, and the engine's events."""
    engine = Engine(**{"background": False, "strict": True, "verify": True, **options})
    found = toy_class().read(text)
    engine.load_program(found)
    events: list[Event] = []
    engine.observe(events.append)
    return found, events


def told(events: Sequence[Event]) -> list[str]:
    kinds = {CompileEvent: "compiled", OsrEvent: "entered", DeoptEvent: "left"}
    return [kinds[type(event)] for event in events if type(event) in kinds]


def test_a_guess_is_left_in_the_middle_of_a_loop_and_learnt_from() -> None:
    toy, events = load(LOOP, tier_up_budget=400)
    assert toy.call("sum", 1000, 1) == 1000
    assert told(events) == ["compiled", "entered"]
    events.clear()
    [loop] = toy.program.loops.values()
    assert toy.call("sum", 1000, 0.5) == 500.0  # the code for integers is entered, and left at its first addition
    assert told(events)[0] == "entered" and "left" in told(events)
    left = next(event for event in events if isinstance(event, DeoptEvent))
    assert left.frames[0].bytecode_offset in (3, 5) and left.reason in ("wrong type", "not a number")
    events.clear()
    assert toy.call("sum", 3000, 0.5) == 1500.0
    assert "compiled" in told(events) or told(events) == ["entered"]
    events.clear()
    for _ in range(20):
        assert toy.call("sum", 3000, 0.25) == 750.0
    assert "left" not in told(events)
    program = toy.program  # the code that was left is freed, and its entry slot
    assert program._tiers.space.find(loop.code.start) is not loop.code
    assert loop.code not in program._loop_kinds and loop.code not in program._functions._installed


def test_a_float_comes_in_the_middle() -> None:
    """An array has integers first, and a float then."""
    text = (
        SUM
        + "\nfunction mixed n at\n  array a n\n  const one 1\n  call a fill a n one one\n  const x 0.5\n  set a at x\n"
    )
    text += "  call r sum a n\n  return r\n"
    toy, events = load(text, tier_up_budget=400)
    plain, _ = load(text, tier="baseline")
    for _ in range(30):
        toy.call("main", 100, 1, 1)
    assert "left" not in told(events)
    assert toy.call("mixed", 500, 400) == plain.call("mixed", 500, 400)
    left = [event for event in events if isinstance(event, DeoptEvent)]
    assert left and any(event.name in ("sum", "square") for event in left)
    for at in (3, 77, 499):
        assert toy.call("mixed", 500, at) == plain.call("mixed", 500, at)


@pytest.mark.parametrize("options", [{}, {"tier": "optimized"}, {"stress_inline": True, "tier": "optimized"},
                                     {"inline": False}, {"osr": False}, {"background": True}])  # fmt: skip
@pytest.mark.parametrize(("text", "name", "arguments"), [(LOOP, "sum", [3000, 7]), (RECURSION, "fib", [16]),
                                                         (NESTED, "f", [40]),
                                                         (SUM, "main", [300, 0.5, 2])])  # fmt: skip
def test_tiers_agree(options: dict[str, Any], text: str, name: str, arguments: list[int]) -> None:
    expected = load(text, tier="baseline")[0].call(name, *arguments)
    toy, _ = load(text, tier_up_budget=200, **options)
    for _ in range(8):
        found = toy.call(name, *arguments)
        assert found == expected and type(found) is type(expected)


def test_integers_that_are_too_large_stay_in_the_interpreter() -> None:
    toy, events = load(LOOP, tier_up_budget=200)
    assert toy.call("sum", 2000, 1 << 43) == 2000 << 43
    assert any(isinstance(event, DeoptEvent) and event.reason == "overflow" for event in events)
    assert toy.call("sum", 10, 1 << 80) == 10 << 80


def test_inlined_functions_are_left_together() -> None:
    """The callee's frame goes on first, its result then to the caller's."""
    toy, events = load(SUM, tier="optimized")
    assert toy.call("main", 50, 1, 1) == sum(n * n for n in range(1, 51))
    assert toy.call("main", 50, 1, 1) == sum(n * n for n in range(1, 51))
    events.clear()
    assert toy.call("main", 50, 0.5, 1) == sum((n + 0.5) ** 2 for n in range(50))
    deep = [event for event in events if isinstance(event, DeoptEvent) and len(event.frames) > 1]
    assert told(events).count("left") >= 1
    assert all(frame.mode == "after" for event in deep for frame in event.frames[1:])


@pytest.mark.parametrize("seed", range(6))
def test_random_programs(seed: int) -> None:
    text, calls = toy_class().draw(random.Random(seed))
    expected = outcomes(text, calls, tier="baseline")
    for options in ({"tier": "optimized"}, {"tier_up_budget": 60}, {"tier_up_budget": 60, "pipeline": "none"}):
        assert outcomes(text, calls, **options) == expected, text


def outcomes(text: str, calls: Sequence[tuple[str, list[str]]], **options: Any) -> list[str]:
    toy, _ = load(text, **options)
    found = []
    for name, arguments in [*calls, *calls]:
        try:
            found.append(toy.invoke(name, arguments))
        except (OverflowError, TypeError) as error:
            found.append(type(error).__name__)
    return found


def test_errors_of_the_interpreter_end_everything() -> None:
    """Through compiled code that has called it."""
    toy, _ = load(SUM + "\nfunction f a n\n  call r sum a n\n  return r\n", tier="optimized")
    array = toy.call("main", 5, 1, 1) and None
    del array
    text = (
        "function get i\n  const n 3\n  array a n\n  get x a i\n  return x\nfunction f i\n  call x get i\n  return x\n"
    )
    toy, _ = load(text, tier_up_budget=40)
    for _ in range(20):
        assert toy.call("f", 2) == 0
    with pytest.raises(Error, match="index 3 of an array of 3"):
        toy.call("f", 3)
    assert toy.call("f", 1) == 0


def test_deoptimizations_are_bounded() -> None:
    """Kinds of values that change all the time do not cost a compilation each."""
    toy, events = load(LOOP, tier_up_budget=100)
    for turn in range(300):
        toy.call("sum", 30, [1, 0.5, 1 << 60][turn % 3])
    assert told(events).count("compiled") < 60


def test_a_program_is_loaded_once() -> None:
    toy, _ = load(LOOP)
    with pytest.raises(Error, match="loaded before"):
        Engine().load_program(toy)


@pytest.mark.parametrize(("name", "arguments", "expected"), [
    ("nothing", [], "no function is called 'nothing'; there are: sum"),
    ("sum", ["1"], "sum takes 2 arguments, not 1"),
    ("sum", ["1", "x"], "'x'"),
])  # fmt: skip
def test_wrong_calls(name: str, arguments: list[str], expected: str) -> None:
    toy, _ = load(LOOP)
    with pytest.raises(Error, match=expected.replace("(", r"\(")):
        toy.invoke(name, arguments)


@pytest.mark.parametrize(("text", "expected"), [
    ("add a b c", "line 1: a program begins with a function"),
    ("function f\n  add a b\n", "line 2: 'add a b' is no instruction"),
    ("function f\n  jump away\n", "line 2: 'jump away' is no instruction: 'away'"),
    ("function f\n  const a 1\n", "function f does not end with return or jump"),
    ("function f\n  call a g\n  return a\n", "line 2: no function is called g"),
])  # fmt: skip
def test_wrong_programs(text: str, expected: str) -> None:
    with pytest.raises(Error, match=expected):
        toy_class().read(text)


@pytest.mark.alone
def test_speed() -> None:
    """At least 50 times faster than the interpreter."""

    def best(toy: Any) -> float:
        toy.call("main", 20_000, 1, 1)
        toy.call("main", 20_000, 1, 1)
        times = []
        for _ in range(3):
            start = time.perf_counter()
            toy.call("main", 20_000, 1, 1)
            times.append(time.perf_counter() - start)
        return min(times)

    interpreted, compiled = best(load(SUM, tier="baseline")[0]), best(load(SUM, verify=False)[0])
    assert interpreted > 50 * compiled
