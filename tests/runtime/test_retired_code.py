"""Optimized code that was given up is freed when no frame is in it, and not before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from seaofnodes import Engine
from seaofnodes.runtime.tiers.retired import ENOUGH, RetiredCode
from seaofnodes.wasm import decode_module

Wat = Callable[[str], bytes]

TEXT = """(module (import "env" "host" (func $host (result i32))) (type $t (func (param i32) (result i32)))
  (table 3 funcref) (elem (i32.const 0) func $a $b $c)
  (func $a (type $t) (i32.add (local.get 0) (i32.const 1)))
  (func $b (type $t) (i32.add (local.get 0) (i32.const 2)))
  (func $c (type $t) (i32.add (local.get 0) (call $host)))
  (func $f (export "f") (param $target i32) (param i32) (result i32) (local $i i32)
    (local.set $i (i32.const 3))
    (i32.add (i32.mul (local.get $i) (i32.const 100))
      (call_indirect (type $t) (local.get 1) (local.get $target)))))"""


class Rounds:
    """Each has a new instance, so that feedback begins anew; all share the code."""

    def __init__(self, wat: Wat, **options: Any) -> None:
        self.module = decode_module(wat(TEXT))
        self.engine = Engine(tier="auto", background=False, tier_up_budget=1 << 20, **options)
        self.host: Callable[[], int] = lambda: 7
        self.more = 0  # that is added to the argument
        self.first: Any = None  # keeps the code

    def instance(self) -> Any:
        def host() -> int:
            return self.host()  # which changes

        return self.engine.instantiate(self.module, {"env": {"host": host}})

    def optimized(self, target: int) -> Any:
        """An instance for whose code one target of the call is guessed."""
        instance = self.instance()
        code = instance.data.code
        self.first = self.first or instance
        code._enter(4, code.baseline_code(4))  # which counts
        assert instance.exports["f"](target, 0) >= 300
        code.speculations.failures.clear()
        code.optimize(4, instance.data.feedback)
        assert code.optimized[4]
        return instance

    def deoptimize(self) -> int:
        """Size of the code that is given up."""
        instance = self.optimized(0)
        code = instance.data.code
        size: int = code.optimized[4].size
        before = code.deoptimizations[4]
        assert instance.exports["f"](1, 40) == 342 + self.more
        assert code.deoptimizations[4] == before + 1 and 4 not in code.optimized
        return size

    @property
    def bytes(self) -> int:
        return self.engine.store.runtime.space.code_bytes

    @property
    def retired(self) -> RetiredCode:
        return self.engine.store.runtime.tiers.retired


def test_code_is_bounded_while_an_old_frame_stays(wat: Wat) -> None:
    rounds = Rounds(wat)
    rounds.deoptimize()
    outer = rounds.optimized(2)
    old = outer.data.code.optimized[4]
    start = old.start
    sizes: list[int] = []
    retired: list[int] = []

    def host() -> int:
        for _ in range(1000):
            retired.append(rounds.deoptimize())
            sizes.append(rounds.bytes)
        return 9

    rounds.host = host
    space = rounds.engine.store.runtime.space
    assert outer.exports["f"](2, 50) == 359
    assert len(sizes) == 1000 and max(sizes) - sizes[0] < 2 * ENOUGH
    assert sum(retired) - rounds.retired.bytes_freed < 2 * ENOUGH < sum(retired) // 4
    assert space.find(start) is old  # the frame was in it
    rounds.host = lambda: 7
    assert outer.exports["f"](2, 50) == 357
    assert space.find(start) is not old
    assert old not in outer.data.code._installed


def test_an_outermost_call_frees_all(wat: Wat) -> None:
    rounds = Rounds(wat)
    rounds.deoptimize()
    instance = rounds.instance()
    assert instance.exports["f"](0, 1) == 302
    before = rounds.bytes
    for _ in range(5):
        rounds.deoptimize()
    assert instance.exports["f"](0, 1) == 302
    assert rounds.bytes == before


def test_frames_of_old_code_deoptimize(wat: Wat) -> None:
    """A frame in code that has been given up long ago leaves it at an exit."""
    rounds = Rounds(wat)
    text = TEXT.replace("(call $host)", "(i32.add (call $host) (i32.const 0))").replace(
        "(local.get 1) (local.get $target)",
        "(call_indirect (type $t) (local.get 1) (i32.const 2)) (local.get $target)",
    )
    rounds.module = decode_module(wat(text))
    rounds.more = 7
    outer = rounds.optimized(0)

    def host() -> int:
        rounds.host = lambda: 7
        for _ in range(200):
            rounds.deoptimize()
        return 9

    rounds.host = host
    assert outer.exports["f"](1, 50) == 300 + 50 + 9 + 2
    assert outer.exports["f"](1, 50) == 300 + 50 + 7 + 2


def test_code_that_is_held_stays(wat: Wat) -> None:
    rounds = Rounds(wat)
    instance = rounds.optimized(0)
    code = instance.data.code.optimized[4]
    hold = rounds.retired.hold(code)
    start = code.start
    assert instance.exports["f"](1, 1) == 303
    space = rounds.engine.store.runtime.space
    rounds.engine.store.runtime.entry.exclusively(rounds.retired.free)
    assert space.find(start) is code
    del hold
    rounds.engine.store.runtime.entry.exclusively(rounds.retired.free)
    assert space.find(start) is not code


def test_another_thread_that_waits(wat: Wat) -> None:
    """A frame on a thread that is in a host function, while no other may come in: its own nested calls free code."""
    rounds = Rounds(wat)
    outer = rounds.optimized(2)
    results: list[int] = []

    def host() -> int:
        rounds.host = lambda: 7
        for _ in range(300):
            rounds.deoptimize()
        return 9

    rounds.host = host
    thread = threading.Thread(target=lambda: results.append(outer.exports["f"](2, 50)))
    thread.start()
    found = rounds.instance().exports["f"](0, 1)
    thread.join()
    assert results == [359] and found == 302


def test_stress_forgets_exits_of_code_that_is_freed(wat: Wat) -> None:
    rounds = Rounds(wat, stress_deopt=True)
    instance = rounds.optimized(0)
    code = instance.data.code
    instance.exports["f"](0, 1)
    assert code.exits_taken
    for _ in range(3):
        old = code.optimized.get(4)
        instance.exports["f"](1, 1)
        if 4 not in code.optimized:
            break
    assert old is not None and 4 not in code.optimized
    instance.exports["f"](1, 1)
    assert not any(old.start < pc <= old.start + old.size for pc in code._taken)
