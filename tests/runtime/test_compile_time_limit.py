"""A time limit holds while the engine decodes and compiles, and the engine is of use afterwards."""

from __future__ import annotations

import contextlib
import gc
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from seaofnodes import Engine, TimeLimitError
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.runtime.entry.stoppable import stoppable
from seaofnodes.runtime.process.stopping import Stopped
from seaofnodes.wasm.decoder import decode_module
from tests.runtime.compile_shapes import module_of
from tests.support import wat

SMALL = '(module (func (export "f") (result i32) (i32.const 42)))'
LATE = 8.0  # seconds that a limit may be late on a machine that does much else


@dataclass(frozen=True)
class Endless(Pass):
    """A pass that does not end, and drops every exception that it can."""

    name: ClassVar[str] = "endless"
    broken: ClassVar[bool] = True

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        while Endless.broken:
            try:
                sum(range(100))
            except Exception:
                continue
        return PassResult(False)


def long_body(instructions: int, start: bool = False) -> bytes:
    """A module with one function of about so many instructions, which is exported or the start function."""
    head = b"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0" + (b"\x08\1\0" if start else b"\7\5\1\1f\0\0")
    body = b"\0" + b"\x41\0\x1a" * (instructions // 2) + b"\x0b"
    code = b"\1" + leb(len(body)) + body
    return head + b"\x0a" + leb(len(code)) + code


def leb(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def limited(limit: float, call: Callable[[], object]) -> None:
    start = time.monotonic()
    with pytest.raises(TimeLimitError, match=f"the time limit of {limit:g} s is over"):
        call()
    assert limit <= time.monotonic() - start < limit + LATE


def test_decoding() -> None:
    data = long_body(4_000_000)
    engine = Engine(time_limit=0.2)
    limited(0.2, lambda: engine.load(data))
    limited(0.2, lambda: engine.instantiate(data))
    assert Engine(time_limit=60).instantiate(wat(SMALL)).exports["f"]() == 42


def test_baseline_compilation_in_a_call() -> None:
    module = decode_module(long_body(2_000_000))
    engine = Engine(tier="baseline", time_limit=0.1)
    instance = engine.instantiate(module)
    for _ in range(2):  # a call after that begins once more
        limited(0.1, instance.exports["f"])
    small = engine.instantiate(decode_module(wat(SMALL)))
    engine.runtime.entry.deadline.limit = 60
    assert small.exports["f"]() == 42
    assert instance.exports["f"]() is None


@pytest.mark.parametrize("background", [False, True])
def test_optimization_in_a_call(background: bool) -> None:
    """background: makes no difference where there is no other tier."""
    module = decode_module(module_of("chained ifs", 1500))
    engine = Engine(tier="optimized", background=background, time_limit=0.1)
    instance = engine.instantiate(module)
    limited(0.1, lambda: instance.exports["f"](5, 6))
    assert not instance.data.code.not_optimized  # it has not been given up
    engine.runtime.entry.deadline.limit = 120
    assert instance.exports["f"](5, 6) == Engine(tier="baseline").instantiate(module).exports["f"](5, 6)
    assert instance.data.code.optimized


def test_nothing_rises_in_what_the_collector_calls() -> None:
    """The collector has much to do when a compilation was stopped; what would rise there is dropped, with a message."""

    def slow(phase: str, info: dict[str, int]) -> None:
        end = time.monotonic() + 0.4
        while stopping and time.monotonic() < end:
            pass

    stopping = True
    engine = Engine(tier="optimized", time_limit=0.1)
    instance = engine.instantiate(decode_module(module_of("chained ifs", 1500)))
    gc.collect()
    gc.callbacks.append(slow)
    try:
        for _ in range(3):
            limited(0.1, lambda: instance.exports["f"](5, 6))
    finally:
        stopping = False
        gc.callbacks.remove(slow)


def test_tier_up_in_a_call() -> None:
    """Code that was to be optimized at once, beside whose call there was no time for that, is so by a later call."""
    module = decode_module(module_of("chained ifs", 1500))
    engine = Engine(tier_up_budget=1, background=False, time_limit=120)
    instance = engine.instantiate(module)
    index = len(module.functions) - 1
    expected = instance.exports["f"](5, 6)
    instance.data.feedback.set_budget(index, 0)
    engine.runtime.entry.deadline.limit = 0.1
    limited(0.1, lambda: [instance.exports["f"](5, 6) for _ in range(1000)])
    assert index not in instance.data.code.optimized
    engine.runtime.entry.deadline.limit = 120
    while index not in instance.data.code.optimized:
        assert instance.exports["f"](5, 6) == expected


def test_compilation_for_a_start_function() -> None:
    module = decode_module(long_body(2_000_000, start=True))
    engine = Engine(tier="baseline", time_limit=0.1)
    limited(0.1, lambda: engine.instantiate(module))
    engine.runtime.entry.deadline.limit = 60
    assert engine.instantiate(decode_module(wat(SMALL))).exports["f"]() == 42


def test_tracing() -> None:
    engine = Engine(time_limit=0.1)
    module = decode_module(module_of("chained ifs", 1500))
    limited(0.1, lambda: engine.compile(module, 1))
    limited(0.1, lambda: engine.compile_function(module, 1))
    assert Engine(time_limit=60).compile(decode_module(wat(SMALL)), 0).code.code_size


def test_a_pass_that_never_ends() -> None:
    engine = Engine(Pipeline((Endless(),)), tier="optimized", time_limit=0.2)
    instance = engine.instantiate(decode_module(wat(SMALL)))
    for _ in range(3):
        limited(0.2, instance.exports["f"])
    Endless.broken = False
    engine.runtime.entry.deadline.limit = 60
    try:
        assert instance.exports["f"]() == 42
    finally:
        Endless.broken = True


def test_a_host_function_that_loads() -> None:
    """What it loads is within the limit of the call that called it."""
    data = long_body(4_000_000)
    engine = Engine(time_limit=0.3)
    text = '(module (import "m" "f" (func $f)) (func (export "f") (call $f)))'
    instance = engine.instantiate(decode_module(wat(text)), {"m": {"f": lambda: engine.load(data) and None}})
    limited(0.3, instance.exports["f"])


def test_the_stop_comes_inside_or_not_at_all() -> None:
    """Work that ends just when it is to be stopped: nothing rises after it."""
    stopped = 0
    for turn in range(100):
        end = time.monotonic() + 0.001 * (turn % 20)

        def work(end: float = end) -> None:
            while time.monotonic() < end + 0.004:
                pass

        try:
            stoppable(work, lambda end=end: time.monotonic() >= end, 0.001)  # type: ignore[misc]
        except Stopped:
            stopped += 1
        for _ in range(1000):
            pass
    assert stopped
    time.sleep(0.3)
    for _ in range(1000):
        pass


def test_a_stop_that_python_drops_comes_at_the_end() -> None:
    """Exceptions in a `__del__` are dropped, with a message."""
    end = time.monotonic() + 0.1

    class Slow:
        def __del__(self) -> None:
            try:
                while time.monotonic() < end + 0.1:
                    pass
            except Stopped:
                dropped.append(True)

    dropped: list[bool] = []
    with pytest.raises(Stopped):
        stoppable(lambda: bool(Slow()), lambda: time.monotonic() >= end and not dropped, 0.1)
    assert dropped


def test_threads_have_their_own_limits() -> None:
    """A thread that loads is not stopped for a call on another thread."""
    text = '(module (func (export "loop") (loop (br 0))))'
    engine = Engine(time_limit=0.5)
    instance = engine.instantiate(decode_module(wat(text)))
    caught: list[str] = []

    def call() -> None:
        try:
            instance.exports["loop"]()
        except TimeLimitError:
            caught.append("call")

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.3)
    with contextlib.suppress(TimeLimitError):  # on a very slow machine, by its own limit
        engine.load(long_body(60_000))
    thread.join(30)
    assert caught == ["call"]


ENDLESS = """
from dataclasses import dataclass
from seaofnodes.passes.base import Pass, PassResult

@dataclass(frozen=True)
class Endless(Pass):
    name = "endless"

    def run(self, graph, context):
        while True:
            try:
                sum(range(100))
            except Exception:
                pass
"""


def seaofnodes(*arguments: object) -> tuple[subprocess.CompletedProcess[str], float]:
    start = time.monotonic()
    command = [sys.executable, "-m", "seaofnodes.cli.main", *map(str, arguments)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return found, time.monotonic() - start


@pytest.mark.parametrize("what", ["load", "baseline", "optimized"])
def test_command(tmp_path: Path, what: str) -> None:
    file = tmp_path / "big.wasm"
    file.write_bytes(module_of("chained ifs", 6000) if what == "optimized" else long_body(5_000_000))
    tier = "optimized" if what == "optimized" else "baseline"
    found, seconds = seaofnodes(
        "run", file, "--invoke", "f", *("12" if what == "optimized" else ""), "--tier", tier, "--time-limit", 0.3
    )
    assert found.returncode == 1
    assert "the time limit of 0.3 s is over" in found.stderr
    assert "Traceback" not in found.stderr
    assert seconds < 0.3 + 3 * LATE  # with the start of Python


@pytest.mark.parametrize("options", [["--tier", "optimized"], ["--tier-up-budget", "10"]])
def test_command_with_a_pass_that_never_ends(tmp_path: Path, options: list[str]) -> None:
    """On the compiler's thread it must not keep the process from ending."""
    (tmp_path / "endless.py").write_text(ENDLESS)
    module = tmp_path / "loop.wat"
    module.write_text('(module (func $g) (func (export "f") (loop (call $g) (br 0))))')
    found, seconds = seaofnodes(
        "run",
        module,
        "--invoke",
        "f",
        "--load",
        tmp_path / "endless.py",
        "--pipeline",
        "endless",
        "--time-limit",
        1,
        *options,
    )
    assert "the time limit of 1 s is over" in found.stderr, found
    assert seconds < 1 + 3 * LATE
