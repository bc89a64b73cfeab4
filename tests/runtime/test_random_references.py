"""Random programs full of objects: all tiers see the same ones, also when what nobody holds goes at every host call, or
whenever machine code calls Python. Host functions call the program again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from seaofnodes import Engine, WasmException
from seaofnodes.wasm.engine.references import References
from tests.runtime.sweeping import Sweeper

Wat = Callable[[str], bytes]
Signature = tuple[int, int]  # how many objects a function takes and gives

SIDES: tuple[dict[str, Any], ...] = (
    {"tier": "baseline"},
    {"tier": "optimized"},
    {"tier": "auto", "background": False, "tier_up_budget": 1},
    {"tier": "auto", "background": False, "tier_up_budget": 2, "stress_deopt": True, "stress_inline": True},
)


class Thing:
    def __init__(self, number: int) -> None:
        self.number = number


class Writer:
    """Writes one function after the other; each calls earlier ones only."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.signatures: list[Signature] = []
        self.locals = 0

    def module(self) -> str:
        functions = "\n".join(self.function(index) for index in range(self.rng.randint(2, 5)))
        names = " ".join(f"$f{index}" for index in range(len(self.signatures)))
        return f"""(module (import "env" "get" (func $get (result externref)))
          (import "env" "see" (func $see (param externref externref)))
          (tag $t (param externref)) (table 3 externref) (table $functions funcref (elem {names}))
          (global $g (mut externref) (ref.null extern)) (global $n (mut i32) (i32.const 0))
          (global $fuel (mut i32) (i32.const 60))
          (global $x (mut exnref) (ref.null exn)) {functions})"""

    def function(self, index: int) -> str:
        takes, gives = self.rng.choice((0, 1, 2, 3, 5, 9, 12)), self.rng.choice((0, 1, 1, 2, 4))
        own = self.rng.randint(1, 6)
        self.locals = takes + own
        body = " ".join(self.statement(2) for _ in range(self.rng.randint(3, 9)))
        results = " ".join(self.value(1) for _ in range(gives))
        self.signatures.append((takes, gives))
        return f"""(type $t{index} (func (param {"externref " * takes}) (result {"externref " * gives})))
          (func $f{index} (export "f{index}") (type $t{index}) (local {"externref " * own})
            {self.count()} {body} {results})"""

    def count(self) -> str:
        return "(global.set $n (i32.add (global.get $n) (i32.const 1)))"

    def bit(self) -> str:
        return f"(i32.and (global.get $n) (i32.const {self.rng.choice((1, 2, 4))}))"

    def target(self) -> int:
        return self.rng.randrange(self.locals)

    def value(self, depth: int) -> str:
        ways = [f"(local.get {self.target()})"] * 4 + ["(call $get)", "(global.get $g)", "(ref.null extern)"]
        ways.append(f"(table.get (i32.const {self.rng.randrange(3)}))")
        way = self.rng.choice([*ways, "select", "call"])
        callees = [index for index, (_, gives) in enumerate(self.signatures) if gives == 1]
        if way == "select" and depth:
            return f"(select (result externref) {self.value(depth - 1)} {self.value(depth - 1)} {self.bit()})"
        if way == "call" and depth and callees:
            index = self.rng.choice(callees)
            return f"(call $f{index} {self.values(self.signatures[index][0], depth - 1)})"
        return way if way[0] == "(" else ways[0]

    def values(self, count: int, depth: int) -> str:
        return " ".join(self.value(depth) for _ in range(count))

    def statement(self, depth: int) -> str:
        way = self.rng.randrange(11 if depth else 7)
        if way < 2:
            return f"(local.set {self.target()} {self.value(2)})"
        if way == 2:
            return f"(call $see {self.value(2)} {self.value(1)})"
        if way == 3:
            return f"(table.set (i32.const {self.rng.randrange(3)}) {self.value(2)})"
        if way == 4:
            return f"(global.set $g {self.value(1)}) {self.count()}"
        if way < 7:
            return self.call()
        if way == 7:
            return f"(if {self.bit()} (then {self.body(depth)}) (else {self.body(depth)}))"
        if way == 8:
            return f"""(block $h (result externref exnref)
              (try_table (catch_ref $t $h) {self.body(depth)} (if {self.bit()} (then (throw $t {self.value(1)}))))
              {self.value(1)} (ref.null exn)) (global.set $x) (local.set {self.target()})"""
        if way == 9:
            fuel = "(global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))"
            again = f"(i32.and (i32.gt_s (global.get $fuel) (i32.const 0)) (i32.ne {self.bit()} (i32.const 0)))"
            return f"(loop $l {self.body(depth)} {self.count()} {fuel} (br_if $l {again}))"
        return f"""(if (i32.eqz (ref.is_null (global.get $x))) (then (if {self.bit()} (then
          (global.get $x) (global.set $x (ref.null exn)) throw_ref))))"""

    def body(self, depth: int) -> str:
        return " ".join(self.statement(depth - 1) for _ in range(self.rng.randint(1, 5)))

    def call(self) -> str:
        if not self.signatures:
            return f"(call $see {self.value(1)} (call $get))"
        index = self.rng.randrange(len(self.signatures))
        takes, gives = self.signatures[index]
        given = self.values(takes, 1)
        direct = f"(call $f{index} {given})"
        indirect = f"(call_indirect $functions (type $t{index}) {given} (i32.const {index}))"
        return " ".join([self.rng.choice((direct, indirect)), *(f"(local.set {self.target()})" for _ in range(gives))])


def outcome(
    data: bytes, signatures: list[Signature], options: dict[str, Any], sweeps: dict[str, int] | None = None
) -> list[object]:
    """What host functions saw, and what came of the calls. sweeps: at every call of Python; it gets how often."""
    made = depth = seen = 0
    log: list[object] = []

    def get() -> Thing:
        nonlocal made
        made += 1
        return Thing(made)

    def numbers(things: Any) -> list[int]:
        return [0 if thing is None else thing.number for thing in things]

    def see(*things: Any) -> None:
        nonlocal depth, seen
        log.append(numbers(things))
        seen += 1
        if seen % 5 == 0 and seen < 200 and depth < 3:
            depth += 1
            call(seen % len(signatures))
            depth -= 1
            log.append(numbers(things))

    def call(index: int) -> None:
        takes, gives = signatures[index]
        try:
            found = exports[f"f{index}"](*[Thing(-number) if number % 3 else None for number in range(takes)])
            log.append(numbers(found if gives > 1 else [found]))
        except WasmException as error:
            log.append(("thrown", numbers(error.values)))

    engine = Engine(**options)
    exports = engine.instantiate(data, {"env": {"get": get, "see": see}}).exports
    sweeper = Sweeper(engine) if sweeps is not None else None
    for _ in range(4):
        for index in range(len(signatures)):
            call(index)
    if sweeper is not None and sweeps is not None:
        for name, count in sweeper.sweeps.items():
            sweeps[name] = sweeps.get(name, 0) + count
    return log


@pytest.mark.parametrize("seed", range(10))
def test_all_tiers_see_the_same_objects(wat: Wat, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    writer = Writer(seed)
    data = wat(writer.module())
    expected = outcome(data, writer.signatures, {"tier": "baseline"})
    monkeypatch.setattr(References, "is_crowded", lambda self: True)
    for options in SIDES:
        assert outcome(data, writer.signatures, options) == expected, options


def test_safepoints_name_all_objects(wat: Wat, monkeypatch: pytest.MonkeyPatch) -> None:
    sweeps: dict[str, int] = {}
    for seed in range(31, 37):
        writer = Writer(seed)
        data = wat(writer.module())
        expected = outcome(data, writer.signatures, {"tier": "baseline"})
        with monkeypatch.context() as patch:
            patch.setattr(References, "is_crowded", lambda self: True)
            for options in SIDES:
                assert outcome(data, writer.signatures, options, sweeps) == expected, (seed, options)
    assert sweeps.keys() >= {"poll", "tier_up", "compile_lazily", "deoptimize", "exception_new"}
