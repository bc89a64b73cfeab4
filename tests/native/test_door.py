"""`@seaofnodes.function`: calls, graphs, pages."""

from __future__ import annotations

import array
import gc
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

import seaofnodes
from seaofnodes import Engine, SourceError, TimeLimitError, Trap, f32, f64, function, i32, i64, u32, u64
from seaofnodes.ir.text import format_graph
from seaofnodes.native import load_f64, store_f64, trap
from seaofnodes.viz.viewer.sources import functions_of

SCALE = 3


@seaofnodes.function
def scaled(x: i32, y: i32) -> i32:
    """A sum, scaled."""
    return (x + y) * SCALE


@function
def gcd(x: u64, y: u64) -> u64:
    while y != 0:
        x, y = y, x % y
    return x


@function
def fib(n: i32) -> i32:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def test_calls() -> None:
    assert scaled(3, 4) == 21
    assert scaled(2**31 - 1, 1) == (-(2**31) * 3 + 2**31) % 2**32 - 2**31
    assert gcd(2**63 + 2, 10) == 10
    assert gcd(2**64 - 1, 0) == 2**64 - 1
    assert fib(20) == 6765
    assert type(scaled(1, 1)) is int
    assert (scaled.__doc__, scaled.__name__, scaled.name) == ("A sum, scaled.", "scaled", "scaled")
    assert repr(scaled) == "<typed function scaled(i32, i32) -> i32>"
    assert scaled.python(3, 4) == 21  # the plain function


def test_kinds_of_results() -> None:
    offset = 7

    @function
    def several(x: f64, yes: bool, n: u32) -> tuple[f32, bool, u32, i64]:
        return f32(x) / 3.0, not yes, ~n, i64(n) + offset

    @function
    def none(x: i32) -> None:
        if x < 0:
            trap()

    assert several(1.0, True, 1) == (0.3333333432674408, False, 2**32 - 2, 8)
    assert none(1) is None
    with pytest.raises(Trap, match="unreachable"):
        none(-1)


def test_wrong_arguments() -> None:
    @function
    def mixed(x: i32, y: u64, z: f64, yes: bool) -> i32:
        return x

    for arguments, error, text in (
        ((1, 2, 3.0), TypeError, "mixed takes 4 arguments, not 3"),
        ((1.0, 2, 3.0, True), TypeError, "mixed: x is 1.0, which is no i32"),
        ((True, 2, 3.0, True), TypeError, "mixed: x is True, which is no i32"),
        ((2**31, 2, 3.0, True), OverflowError, "mixed: x is 2147483648, which is out of the range of i32"),
        ((1, -1, 3.0, True), OverflowError, "mixed: y is -1, which is out of the range of u64"),
        ((1, 2, "3", True), TypeError, "mixed: z is '3', which is no f64"),
        ((1, 2, 3.0, 1), TypeError, "mixed: yes is 1, which is no bool"),
        ((1, 2, 10**400, True), OverflowError, "mixed: z is 1000+, which is out of the range of f64"),
    ):
        with pytest.raises(error, match=text):
            mixed(*arguments)
    assert mixed(1, 2, 3, True) == 1

    @function
    def narrow(x: f32) -> f64:
        return f64(x)

    assert narrow(0.1) == 0.10000000149011612
    assert narrow(float("-inf")) == float("-inf")
    with pytest.raises(OverflowError, match=r"narrow: x is 1e\+300, which is out of the range of f32"):
        narrow(1e300)


def test_memory_of_the_process() -> None:
    @function
    def scale_all(start: i64, count: i64, by: f64) -> f64:
        total = f64(0.0)
        for i in range(count):
            value = load_f64(start + i * 8) * by
            store_f64(start + i * 8, value)
            total += value
        return total

    numbers = array.array("d", range(100))
    start, count = numbers.buffer_info()
    assert scale_all(start, count, 2.0) == 9900.0
    assert numbers[99] == 198.0


def test_graph_phases_and_listing(tmp_path: Path) -> None:
    assert "Int32Mul" in format_graph(scaled.graph)
    assert scaled.graph is not scaled.graph
    compilation = scaled.compile("simplify,gvn")
    assert [phase.record.name for phase in compilation.phases] == ["lift", "simplify", "gvn"]
    assert "lea" in scaled.listing()
    scaled.to_html(tmp_path / "scaled.html")
    assert "</html>" in (tmp_path / "scaled.html").read_text()
    shown = [line[1:3] for line in functions_of(compilation)["functions"][0]["lines"]]  # beside the graphs
    assert shown[1] == [0, "def scaled(x: i32, y: i32) -> i32:"] and shown[3] == [2, "return (x + y) * SCALE"]
    assert "scaled" in scaled._repr_html_()
    line = next(i for i, text in enumerate(Path(__file__).read_text().splitlines(), 1) if text.endswith("* SCALE"))
    assert f"; @0x{line}" in format_graph(scaled.graph)


def test_an_engine_of_ones_own() -> None:
    engine = Engine("none", tier="optimized")

    @function(engine=engine)
    def square(x: i64) -> i64:
        return x * x

    assert square(7) == 49
    assert square.engine is engine
    assert square.compile().pipeline.steps == ()


def test_loops_look_for_interrupts() -> None:
    @function(engine=Engine(tier="optimized", time_limit=0.3))
    def endless(x: i32) -> i32:
        while True:
            x += 1

    with pytest.raises(TimeLimitError):
        endless(1)
    assert endless.engine.install(scaled.graph)(1, 2) == 9  # and it goes on


def test_threads_call_it_first_at_once() -> None:
    @function
    def half(x: i64) -> i64:
        return x >> 1

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(half(84))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [42] * 6


def test_traps_have_a_backtrace() -> None:
    @function
    def divide(x: i32, y: i32) -> i32:
        return x // y

    with pytest.raises(Trap, match=r"integer divide by zero\n  at divide \(function 0\) at 0x\d+"):
        divide(1, 0)


def test_a_mistake_is_told_at_the_first_use() -> None:
    @function
    def wrong(x: i32, y: i64) -> i32:
        return x + y

    with pytest.raises(SourceError, match=r"i32 \+ i64: convert one of them\n  File .*test_door.py\", line \d+"):
        wrong(1, 2)
    with pytest.raises(SourceError):
        _ = wrong.graph


def test_constants_are_those_of_the_first_use() -> None:
    made: list[int] = []
    scale = 2

    @function
    def times(x: i32) -> i32:
        return x * scale

    made.append(times(5))
    scale = 9
    made.append(times(5))
    assert made == [10, 10]


def test_nothing_is_kept() -> None:
    @function
    def one(x: i32) -> i32:
        return x + 1

    assert one(1) == 2
    engine = weakref.ref(one.engine)
    del one
    gc.collect()
    assert engine() is None


def test_names_are_imported_when_used(root: Path) -> None:
    code = "import sys, seaofnodes; print([m for m in sys.modules if 'native' in m or 'python_functions' in m])"
    found = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_a_source_that_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "changing_functions.py"
    path.write_text("def f(x):\n    return x\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = __import__("changing_functions")
    path.write_text("def f(x: 'i32') -> 'i32':\n    return x + 1\n")
    import linecache

    linecache.checkcache()
    with pytest.raises(seaofnodes.Error, match="has changed since it was imported"):
        function(module.f)
