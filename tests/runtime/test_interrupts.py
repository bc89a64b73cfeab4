"""Endless loops end: by Ctrl-C, by Engine.interrupt(), by the time limit."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import seaofnodes
from seaofnodes import Engine, Instance
from seaofnodes.wasm import decode_module

Wat = Callable[[str], bytes]

TEXT = """(module
  (func (export "loop") (loop (br 0)))
  (func $a (export "calls") (result i32) (loop (drop (call $b)) (br 0)) (i32.const 0))
  (func $b (result i32) (i32.const 1))
  (func (export "fine") (result i32) (i32.const 42)))"""


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """What rises in a callback of Python's collector is lost, and Hypothesis has such a callback: a full collection of
    all that the tests have left takes longer than the wait for a signal.
    """
    gc.disable()
    yield
    gc.enable()


def endless(wat: Wat, tier: str, **options: float) -> Instance:
    module = decode_module(wat(TEXT))
    for index in range(len(module.functions)):
        Engine().compile_function(module, index, tier)  # imports what is needed: an import may lose what rises in it
    return Engine(tier=tier, **options).instantiate(module)  # type: ignore[arg-type]


def control_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@contextmanager
def later(seconds: float, do: Callable[[], object]) -> Iterator[None]:
    """Do something in another thread, unless the body ends before."""
    timer = threading.Timer(seconds, do)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


@pytest.mark.parametrize("tier", ["baseline", "optimized"])
@pytest.mark.parametrize("name", ["loop", "calls"])
def test_control_c(wat: Wat, tier: str, name: str) -> None:
    instance = endless(wat, tier)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), later(0.05, control_c):
            instance.exports[name]()
        assert instance.exports["fine"]() == 42


def test_control_c_with_a_handler_of_the_user(wat: Wat) -> None:
    """The user's handler runs; when it returns, so does wasm to its loop."""
    instance = endless(wat, "baseline")
    seen: list[int] = []

    def handler(number: int, frame: object) -> None:
        seen.append(number)
        if len(seen) == 3:
            raise RuntimeError("enough")

    def send() -> None:
        """One after the other: those that come before the handler runs are one."""
        for number in range(1, 4):
            control_c()
            while len(seen) < number:
                time.sleep(0.001)

    before = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(RuntimeError, match="enough"), later(0.05, send):
            instance.exports["loop"]()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT] * 3
    assert instance.exports["fine"]() == 42


def test_ignored_control_c_stays_ignored(wat: Wat) -> None:
    instance = endless(wat, "baseline")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        stop = later(0.2, instance.data.code.tiers.entry.interrupt)
        with pytest.raises(seaofnodes.InterruptError), later(0.05, control_c), stop:
            instance.exports["loop"]()
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("tier", ["baseline", "optimized"])
def test_interrupt_from_another_thread(wat: Wat, tier: str) -> None:
    engine = Engine(tier=tier)  # type: ignore[arg-type]
    instance = engine.instantiate(wat(TEXT))
    engine.interrupt()  # nothing runs: nothing happens
    assert instance.exports["fine"]() == 42
    for name in ("loop", "calls"):
        with pytest.raises(seaofnodes.InterruptError, match="interrupted"), later(0.05, engine.interrupt):
            instance.exports[name]()
        assert instance.exports["fine"]() == 42


def test_interrupt_of_a_loop_in_another_thread(wat: Wat) -> None:
    engine = Engine()
    instance = engine.instantiate(wat(TEXT))
    caught: list[BaseException] = []

    def work() -> None:
        try:
            instance.exports["loop"]()
        except seaofnodes.InterruptError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.05)
    engine.interrupt()
    thread.join(5)
    assert len(caught) == 1


def test_time_limit(wat: Wat) -> None:
    instance = endless(wat, "baseline", time_limit=0.1)
    start = time.monotonic()
    with pytest.raises(seaofnodes.TimeLimitError, match=r"time limit of 0\.1 s"):
        instance.exports["loop"]()
    assert 0.1 <= time.monotonic() - start < 1
    for _ in range(3):
        assert instance.exports["fine"]() == 42


def test_control_c_at_a_terminal(wat: Wat) -> None:
    """In a process of its own, as a user sees it: a traceback, and death by the signal's exit code."""
    code = f"""
import seaofnodes, os, threading
instance = seaofnodes.Engine(tier="baseline").instantiate({wat(TEXT)!r})
print("running", flush=True)
instance.exports["loop"]()
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert errors.endswith("KeyboardInterrupt\n")
    assert process.returncode in (-signal.SIGINT, 130)


def test_interrupt_that_comes_too_late_does_not_reach_the_next_call(wat: Wat) -> None:
    text = """(module (import "host" "f" (func $f)) (func (export "last") (call $f))
      (func (export "next") (param i32) (result i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))"""
    engine = Engine()
    instance = engine.instantiate(wat(text), {"host": {"f": engine.interrupt}})
    instance.exports["last"]()  # no poll comes after the interrupt
    assert instance.exports["next"](100) == 0
