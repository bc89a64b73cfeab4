"""Optimizing beside running code."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from seaofnodes import Engine
from seaofnodes.runtime.tiers.background import BackgroundCompiler

Wat = Callable[[str], bytes]

TEXT = """(module
  (import "env" "step" (func $step (result i32)))
  (func $work (export "work") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "run") (result i32) (local i32)
    (loop (local.set 0 (i32.add (local.get 0) (call $work (i32.const 1)))) (br_if 0 (call $step)))
    (local.get 0)))"""
WORK = 1


def test_code_runs_on_while_it_is_optimized(wat: Wat) -> None:
    """The loop ends only after its callee was optimized: which happens beside it. Without inlining: the loop's own code
    might be there first, with the callee in it, which would not be called any more.
    """
    engine = Engine(tier_up_budget=50, inline=False)
    code = engine.module_code(module := engine.load(wat(TEXT)))
    turns = 0
    threads = set()
    engine.observe(lambda event: threads.add(threading.current_thread().name))
    deadline = time.monotonic() + 60

    def step() -> int:
        nonlocal turns
        turns += 1
        return int(WORK not in code.optimized and time.monotonic() < deadline)

    instance = engine.instantiate(module, {"env": {"step": step}})
    assert instance.exports["run"]() == 3 * turns
    assert engine.wait_for_compiler(60)  # raises what went wrong there
    assert WORK in code.optimized and turns >= 50, (turns, code.requested, code.not_optimized)
    assert "seaofnodes-compiler" in threads
    assert instance.exports["work"](14) == 42


def test_jobs_run_in_order_and_the_thread_ends() -> None:
    compiler = BackgroundCompiler()
    done: list[int] = []
    for i in range(100):
        compiler.submit(lambda i=i: done.append(i))  # type: ignore[misc]
    assert compiler.wait(30)
    assert done == list(range(100)) and not compiler.busy
    compiler.submit(lambda: done.append(-1))
    assert compiler.wait(30) and done[-1] == -1


def test_small_jobs_come_first() -> None:
    compiler = BackgroundCompiler()
    begun, go = threading.Event(), threading.Event()
    done: list[int] = []

    def first() -> None:
        begun.set()
        done.append(int(go.wait(30)))

    compiler.submit(first, 9)
    assert begun.wait(30)
    for size in (7, 3, 5, 3):
        compiler.submit(lambda size=size: done.append(size), size)  # type: ignore[misc]
    go.set()
    assert compiler.wait(30) and done == [1, 3, 3, 5, 7]


def test_waiting_may_end_early() -> None:
    compiler = BackgroundCompiler()
    go = threading.Event()
    done: list[bool] = []
    compiler.submit(lambda: done.append(go.wait(30)))
    assert not compiler.wait(0.01) and compiler.busy
    go.set()
    assert compiler.wait(30) and done == [True]


def test_the_switch_interval_comes_back() -> None:
    usual = sys.getswitchinterval()
    compilers = [BackgroundCompiler() for _ in range(3)]
    seen: list[float] = []
    for compiler in compilers:
        compiler.submit(lambda: seen.append(sys.getswitchinterval()))
    assert all(compiler.wait(30) for compiler in compilers)
    assert len(seen) == 3 and max(seen) < usual
    deadline = time.monotonic() + 10
    while sys.getswitchinterval() != usual and time.monotonic() < deadline:
        time.sleep(0.001)
    assert sys.getswitchinterval() == usual


def test_an_engine_can_go_while_its_compiler_works(wat: Wat) -> None:
    engine = Engine(tier_up_budget=10)
    instance = engine.instantiate(wat(TEXT), {"env": {"step": lambda: 0}})
    for _ in range(20):
        instance.exports["work"](1)
    state, background = weakref.ref(engine.store), engine.runtime.tiers.background
    del engine, instance
    assert background.wait(30)
    deadline = time.monotonic() + 10
    while state() is not None and time.monotonic() < deadline:
        gc.collect()
    assert state() is None


ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys, seaofnodes
engine = seaofnodes.Engine(tier_up_budget=5)
text = "(module " + " ".join(
    f'(func (export "f{i}") (param i32) (result i32)'
    ' (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))'
    for i in range(30)) + ")"
instance = engine.instantiate(text.encode())
for i in range(30):
    instance.exports[f"f{i}"](20)
if sys.argv[1] == "busy":
    from seaofnodes.runtime.tiers.background import stop_if_unwanted
    def forever():
        while True:
            stop_if_unwanted()
    engine.runtime.tiers.background.submit(forever, -1)
if sys.argv[1] == "fail":
    raise SystemExit(3)
if sys.argv[1] == "trap":
    engine.instantiate(b'(module (func (export "f") unreachable))').exports["f"]()
"""


@pytest.mark.parametrize("how, status", [("end", 0), ("busy", 0), ("fail", 3), ("trap", 1)])
def test_programs_end_while_the_compiler_is_busy(how: str, status: int) -> None:
    command = [sys.executable, "-X", "dev", "-c", PROGRAM, how]
    start = time.monotonic()
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert found.returncode == status, found.stderr
    assert time.monotonic() - start < 30
    assert ("Trap" in found.stderr) == (how == "trap")
    assert "Warning" not in found.stderr and "Fatal" not in found.stderr
