"""Guards before loops: what they decide, that traps stay in their place, and that no guard fails for ever."""

from __future__ import annotations

import random
from typing import Any

import pytest

from seaofnodes import Engine
from seaofnodes.errors import Trap
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops.objects import ARRAY_LENGTH
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.runtime.tiers.events import CompileEvent, DeoptEvent, Event
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.lift.function import lift
from tests.support import wat

TYPES = """(type $ints (array (mut i32))) (type $rows (array (mut (ref null $ints))))
  (type $open (sub (struct (field (mut i32))))) (type $below (sub $open (struct (field (mut i32)) (field i32))))"""
INDEX, N, A = "(local.get $i)", "(local.get $n)", "(local.get $a)"
ADD = "(local.set $s (i32.add (local.get $s) {}))"
STEP = "(local.set $i (i32.add (local.get $i) (i32.const 1)))"
SUM = ADD.format(f"(array.get $ints {A} {INDEX})")
HEAD = """(param $a (ref null $ints)) (param $n i32) (param $x (ref null $open)) (result i32)
  (local $i i32) (local $s i32) (local $j i32)"""


def while_loop(test: str, inside: str) -> str:
    return f"(block $o (loop $l (br_if $o (i32.eqz {test})) {inside} {STEP} (br $l)))"


def do_loop(test: str, inside: str) -> str:
    return f"(loop $l {inside} {STEP} (br_if $l {test}))"


INNER = f"""(local.set $j (i32.const 0)) (block $p (loop $m (br_if $p (i32.ge_s (local.get $j) {N}))
  {ADD.format(f"(array.get $ints {A} (local.get $j))")}
  (local.set $j (i32.add (local.get $j) (i32.const 1))) (br $m)))"""

LOOPS = {
    "signed": while_loop(f"(i32.lt_s {INDEX} {N})", SUM),
    "unsigned": while_loop(f"(i32.lt_u {INDEX} {N})", SUM),
    "up to": while_loop(f"(i32.le_s {INDEX} {N})", SUM),
    "at the end": do_loop(f"(i32.lt_s {INDEX} {N})", SUM),
    "one before": "(local.set $i (i32.const 1))"
    + while_loop(f"(i32.lt_s {INDEX} {N})", ADD.format(f"(array.get $ints {A} (i32.sub {INDEX} (i32.const 1)))")),
    "stores": while_loop(f"(i32.lt_s {INDEX} {N})", f"(array.set $ints {A} {INDEX} {INDEX}) {SUM}"),
    "the same place": while_loop(f"(i32.lt_s {INDEX} {N})", ADD.format(f"(array.get $ints {A} (i32.const 3))")),
    "a cast": while_loop(
        f"(i32.lt_s {INDEX} {N})", ADD.format("(struct.get $below 1 (ref.cast (ref $below) (local.get $x)))")
    ),
    "leaves early": while_loop(
        f"(i32.lt_s {INDEX} {N})", f"(br_if $o (i32.eq (array.get $ints {A} {INDEX}) (i32.const 77))) {SUM}"
    ),
    "within another": while_loop(f"(i32.lt_s {INDEX} {N})", INNER),
}


def module(body: str) -> str:
    return f"""(module {TYPES}
      (func (export "make") (param $n i32) (param $v i32) (result (ref null $ints))
        (array.new $ints (local.get $v) (local.get $n)))
      (func (export "open") (result (ref null $open)) (struct.new_default $open))
      (func (export "below") (result (ref null $open)) (struct.new $below (i32.const 1) (i32.const 5)))
      (func (export "run") {HEAD} {body} (local.get $s)))"""


RUN = 3


def hoisted(body: str, on: bool = True) -> Graph:
    """The graph after the guards have been put there, and what they decide is gone."""
    graph = lift(decode_module(wat(module(body))), RUN, speculate=lambda *_: True)
    text = "guard-hoisting,checkpoint-elimination,simplify,gvn,branch-elimination,dead-code"
    Pipeline.parse(text).run(graph, PassContext(may_hoist=lambda function, offset: on), verify=True)
    verify(graph)
    return graph


def traps(graph: Graph) -> int:
    return sum(node.op.is_trap for node in graph.reachable())


def guards(graph: Graph) -> int:
    return sum(node.op.is_guard for node in graph.reachable())


@pytest.mark.parametrize("name", LOOPS)
def test_no_check_is_left_in_the_loop(name: str) -> None:
    graph = hoisted(LOOPS[name])
    assert traps(graph) == 0 and guards(graph) >= 1
    lengths = sum(node.op is ARRAY_LENGTH for node in graph.reachable())
    assert lengths <= 1
    unchanged = hoisted(LOOPS[name], on=False)
    assert traps(unchanged) >= 1 and guards(unchanged) == 0


STAY = {
    "not in every iteration": while_loop(
        f"(i32.lt_s {INDEX} {N})", f"(if (i32.and {INDEX} (i32.const 1)) (then {SUM}))"
    ),
    "no limit": while_loop(f"(i32.ne {INDEX} {N})", SUM),
    "another array each time": while_loop(
        f"(i32.lt_s {INDEX} {N})", f"{SUM} (local.set $a (array.new_default $ints (i32.const 9)))"
    ),
}


@pytest.mark.parametrize("name", STAY)
def test_checks_that_stay(name: str) -> None:
    graph = hoisted(STAY[name])
    assert traps(graph) >= 1


class Watched:
    """An instance whose functions soon get hot."""

    def __init__(self, body: str, **options: Any) -> None:
        self.engine = Engine(**{"background": False, "verify": True, "tier_up_budget": 60, **options})
        self.events: list[Event] = []
        self.engine.observe(self.events.append)
        self.instance = self.engine.instantiate(wat(module(body)))

    def make(self, name: str, *arguments: int) -> Any:
        return self.instance.exports[name](*arguments)  # type: ignore[operator]

    def run(self, *arguments: Any) -> object:
        try:
            return self.instance.exports["run"](*arguments)  # type: ignore[operator]
        except Trap as trap:
            return str(trap.reason)

    def count(self, kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in self.events)


OFF = "inline,checkpoint-elimination,simplify,gvn,branch-elimination,load-elimination,dead-code"


@pytest.mark.parametrize("name", [*LOOPS, *STAY])
@pytest.mark.parametrize("options", [{}, {"stress_deopt": True}, {"stress_gc": True}], ids=str)
def test_the_same_with_and_without(name: str, options: dict[str, Any]) -> None:
    """Long enough that code is compiled, leaves, and is compiled again; with what makes the guards fail in between."""
    body = {**LOOPS, **STAY}[name]
    draw = random.Random(name)
    mine = Watched(body, **options)
    others = [Watched(body, pipeline=OFF), Watched(body, tier="baseline")]
    all = [mine, *others]
    arrays = [[w.make("make", 20, value) for w in all] for value in (1, 77)] + [[None] * 3]
    objects = [[w.make("below") for w in all], [w.make("open") for w in all], [None] * 3]
    rounds = 12 if options else 60
    for turn in range(rounds):
        strange = turn > rounds // 3 and draw.random() < 0.4
        array = draw.choice(arrays) if strange else arrays[0]
        thing = draw.choice(objects) if strange else objects[0]
        n = draw.choice([0, 1, 20, 21, -1, 1000, -5]) if strange else draw.choice([15, 19, 20])
        results = [w.run(array[i], n, thing[i]) for i, w in enumerate(all)]
        assert results[0] == results[1] == results[2], (turn, n, results)
    if not options:
        assert mine.count(CompileEvent) > 3


def test_a_guard_that_fails_is_not_put_there_again() -> None:
    """The loop ends early each time, so its limit is beyond the array: after one deoptimization it has its check."""
    found = Watched(LOOPS["leaves early"])
    short, long = found.make("make", 20, 77), found.make("make", 20, 1)
    for _ in range(30):
        assert found.run(long, 20, None) == 20
    assert found.count(DeoptEvent) == 0
    for _ in range(100):
        assert found.run(short, 1000, None) == 0
    assert found.count(DeoptEvent) == 1
    remarks = [event.remarks for event in found.events if isinstance(event, CompileEvent)]
    assert any("hoisted" in remark.message for one in remarks for remark in one)
    assert "a guard before the loop has failed" in [remark.message for remark in remarks[-1]]


def test_a_function_with_many_loops_stops_trying() -> None:
    """Each loop's guard fails once, and those of a few loops are enough to leave the others alone."""
    loop = LOOPS["leaves early"]
    body = "".join(f"(local.set $i (i32.const 0)) {loop}" for _ in range(9))
    found = Watched(body)
    array = found.make("make", 20, 1)
    short = found.make("make", 20, 77)
    for _ in range(30):
        assert found.run(array, 20, None) == 180
    for _ in range(300):
        assert found.run(short, 1000, None) == 0
    assert 1 <= found.count(DeoptEvent) <= 9


def test_traps_have_their_effects() -> None:
    """What the loop has stored before the trap is there, and the trap is where it was."""
    found = Watched(LOOPS["stores"])
    array = found.make("make", 20, 1)
    for _ in range(30):
        assert found.run(array, 20, None) == 190
    fresh = found.make("make", 5, 100)
    assert found.run(fresh, 9, None) == "out of bounds array access"
    assert list(fresh) == [0, 1, 2, 3, 4]
