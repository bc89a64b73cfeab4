"""What call sites have seen, from machine code to its text."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from seaofnodes import Engine, Instance
from seaofnodes.passes.base import CallFeedback
from seaofnodes.viz.feedback import feedback_of, format_feedback

Wat = Callable[[str], bytes]
TARGETS = 7
CALLER = TARGETS
BODIES = "\n".join(f"(func $f{i} (result i32) (i32.const {i}))" for i in range(TARGETS))
NAMES = " ".join(f"$f{i}" for i in range(TARGETS))
TEXT = f"""(module
  (type $t (func (result i32)))
  (table (export "table") 20 funcref)
  (elem (i32.const 0) {NAMES})
  {BODIES}
  (func $caller (export "caller") (param i32) (result i32) (call_indirect (type $t) (local.get 0)))
  (func $twice (export "twice") (param i32 i32) (result i32)
    (i32.add (call_indirect (type $t) (local.get 0)) (call_indirect (type $t) (local.get 1))))
  (func $direct (export "direct") (drop (call $caller (i32.const 3)))))"""


@pytest.fixture
def instance(wat: Wat) -> Instance:
    return Engine(tier="baseline").instantiate(wat(TEXT))


def call(instance: Instance, *targets: int) -> CallFeedback:
    for target in targets:
        assert instance.exports["caller"](target) == target
    return instance.data.feedback.call(CALLER, 0)


def test_states_follow_each_other(instance: Instance) -> None:
    assert call(instance) == CallFeedback() and call(instance).state == "uninitialized"
    assert call(instance, 2, 2, 2) == CallFeedback(((2, 3),), calls=3)
    assert call(instance).state == "monomorphic"
    assert call(instance, 5) == CallFeedback(((2, 3), (5, 1)), calls=4)
    assert call(instance).state == "polymorphic"
    assert call(instance, 5, 5, 5, 1, 0, 1) == CallFeedback(((5, 4), (2, 3), (1, 2), (0, 1)), calls=10)
    assert call(instance).state == "polymorphic"
    assert call(instance, 4) == CallFeedback((), megamorphic=True, calls=11)
    assert call(instance, 2) == CallFeedback((), megamorphic=True, calls=12)
    assert call(instance).state == "megamorphic"


@pytest.mark.parametrize("targets", range(1, TARGETS + 1))
def test_random_calls(instance: Instance, targets: int) -> None:
    random_ = random.Random(targets)
    counts: Counter[int] = Counter()
    for _ in range(200):
        target = random_.randrange(targets)
        seen = call(instance, target)
        counts[target] += 1
        assert seen.total == counts.total()
        assert dict(seen.counts) == ({} if len(counts) > 4 else counts)
        assert [n for _, n in seen.counts] == sorted((n for _, n in seen.counts), reverse=True)


def test_sites_have_blocks_of_their_own(instance: Instance) -> None:
    for a, b in [(0, 1), (1, 2), (2, 3), (3, 3)]:
        assert instance.exports["twice"](a, b) == a + b
    feedback = instance.data.feedback
    assert dict(feedback.call(CALLER + 1, 0).counts) == {0: 1, 1: 1, 2: 1, 3: 1}
    assert dict(feedback.call(CALLER + 1, 1).counts) == {1: 1, 2: 1, 3: 2}


def test_functions_of_other_instances_have_no_name_here(wat: Wat) -> None:
    engine = Engine(tier="baseline")
    instance = engine.instantiate(wat(TEXT))
    engine.instantiate(
        wat("""(module (import "a" "table" (table 20 funcref)) (func $g (result i32) (i32.const 70))
          (elem (i32.const 9) $g))"""),
        {"a": {"table": instance.exports["table"]}},
    )
    assert instance.exports["caller"](9) == 70
    assert instance.data.feedback.call(CALLER, 0).counts == ((-1, 1),)
    assert call(instance, 3).counts == ((-1, 1), (3, 1))


def test_instances_have_their_own(wat: Wat) -> None:
    engine = Engine(tier="baseline")
    one, two = (engine.instantiate(engine.load(wat(TEXT))) for _ in range(2))
    call(one, 1, 2, 3)
    assert call(two) == CallFeedback()


def test_text(instance: Instance) -> None:
    call(instance, 1, 1, 2)
    instance.exports["direct"]()
    lines = format_feedback(instance.data).splitlines()
    assert [line.split("0x")[0] for line in lines] == [
        *(f"function {i} f{i}: {n} invocation{'s' * (n > 1)}" for i, n in ((1, 2), (2, 1), (3, 1))),
        "function 7 caller: 4 invocations",
        "  ",
        "function 9 direct: 1 invocation",
        "  ",
    ]
    assert lines[4].endswith("call_indirect polymorphic: f1 2, f2 1, f3 1")
    assert lines[6].endswith("call monomorphic: caller 1")
    (site,) = list(feedback_of(instance.data))[3]["sites"]
    assert site["targets"] == [["f1", 2], ["f2", 1], ["f3", 1]] and site["calls"] == 4
