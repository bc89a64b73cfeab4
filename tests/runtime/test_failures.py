"""What the optimizing tier fails at does not concern who calls: baseline code goes on."""

from __future__ import annotations

import linecache
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from seaofnodes import CompileLimitError, Engine, OptimizerWarning
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.framework.failures import culprit_of
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.runtime.tiers import unit_code
from seaofnodes.runtime.tiers.events import Event, FailureEvent

Wat = Callable[[str], bytes]

TEXT = """(module (memory (export "m") 1)
  (func (export "work") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "count") (param i32) (result i32)
    (loop $l
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
      (br_if $l (i32.lt_u (i32.load (i32.const 0)) (local.get 0))))
    (i32.load (i32.const 0))))"""
RUN = "def run(self, graph: Graph, context: PassContext) -> PassResult:"
MODES = {
    "background": {"tier_up_budget": 16},
    "synchronous": {"tier_up_budget": 16, "background": False},
    "optimized": {"tier": "optimized"},
    "at once": {"tier_up_budget": 0},
}


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError("the compiler is broken")

    monkeypatch.setattr(unit_code, "compile_optimizing_tier", fail)


@pytest.mark.usefixtures("broken")
@pytest.mark.filterwarnings("ignore::seaofnodes.OptimizerWarning")
@pytest.mark.parametrize("mode", MODES)
def test_baseline_code_goes_on(wat: Wat, mode: str) -> None:
    engine = Engine(**MODES[mode])  # type: ignore[arg-type]
    events: list[Event] = []
    engine.observe(events.append)
    exports = engine.instantiate(wat(TEXT)).exports
    assert [exports["work"](i) for i in range(100)] == [3 * i for i in range(100)]
    assert exports["count"](1000) == 1000
    assert engine.wait_for_compiler(30)
    failures = [event for event in events if isinstance(event, FailureEvent)]
    assert {event.name for event in failures} == {"work", "count"}
    assert {event.reason for event in failures} == {"ZeroDivisionError: the compiler is broken"}
    assert len(failures) <= 3  # each function once, and its loop


@pytest.mark.usefixtures("broken")
def test_there_is_one_warning(wat: Wat) -> None:
    exports = Engine(tier_up_budget=16, background=False).instantiate(wat(TEXT)).exports
    with pytest.warns(OptimizerWarning, match="failed at work.*ZeroDivisionError: the compiler is broken") as warned:
        for i in range(100):
            exports["work"](i)
        exports["count"](1000)
    assert len(warned) == 1


@pytest.mark.usefixtures("broken")
def test_where_the_engine_is_strict_it_rises(wat: Wat) -> None:
    work = Engine(tier_up_budget=16, background=False, strict=True).instantiate(wat(TEXT)).exports["work"]
    with pytest.raises(ZeroDivisionError, match="broken"):
        for i in range(100):
            work(i)
    engine = Engine(tier_up_budget=16, strict=True)
    events: list[Event] = []
    engine.observe(events.append)
    work = engine.instantiate(wat(TEXT)).exports["work"]
    for i in range(17):
        work(i)
    with pytest.raises(ZeroDivisionError, match="broken") as raised:
        engine.wait_for_compiler()
    assert [event.name for event in events if isinstance(event, FailureEvent)] == ["work"]  # at once
    assert raised.value.__notes__ == ["This rose while work was optimized in the background."]
    assert work(2) == 6


@dataclass(frozen=True)
class Guilty(Pass):
    """Fails, breaks the graph, or does not end."""

    name = "guilty"
    how: str = "crash"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        if self.how == "crash":
            raise KeyError("missing")
        while self.how == "hang":
            pass
        graph.end.inputs[0].inputs[0] = graph.end
        return PassResult(True)


REASONS = {
    "crash": "KeyError: 'missing'",
    "hang": "CompileLimitError: the compilation was stopped after 0.2 s",
    "break": "Verification",
}


@pytest.mark.parametrize("how", REASONS)
@pytest.mark.parametrize("mode", MODES)
def test_a_failing_pass_is_told_at_once_with_its_line(wat: Wat, mode: str, how: str) -> None:
    """And neither in a later call, nor in any."""
    options = {"compile_limit": 0.2, **MODES[mode]}
    engine = Engine(Pipeline((Guilty(how),)), verify=True, **options)  # type: ignore[arg-type]
    events: list[Event] = []
    engine.observe(events.append)
    work = engine.instantiate(wat(TEXT)).exports["work"]
    with pytest.warns(OptimizerWarning, match="in pass guilty .*test_failures.py:") as warned:
        for i in range(30):
            assert work(i) == 3 * i
        assert engine.wait_for_compiler(30)
    [failure] = [event for event in events if isinstance(event, FailureEvent)]
    assert failure.phase == "guilty" and failure.reason.startswith(REASONS[how])
    [warning] = warned
    assert (warning.filename, warning.lineno) == (failure.file, failure.line) == (__file__, failure.line)
    line = linecache.getline(__file__, failure.line).strip()
    assert line in {'raise KeyError("missing")', 'while self.how == "hang":', "pass", RUN}
    assert work(2) == 6


def test_compiling_for_a_look_has_the_limit(wat: Wat) -> None:
    engine = Engine(Pipeline((Guilty("hang"),)), compile_limit=0.2)
    module = engine.load(wat(TEXT))
    for compile in (engine.compile, engine.compile_function):
        with pytest.raises(CompileLimitError, match=r"stopped after 0\.2 s") as raised:
            compile(module, 0)
        culprit = culprit_of(raised.value)
        assert culprit is not None and (culprit.pass_name, culprit.file) == ("guilty", __file__)
        assert raised.value.__notes__ == [f"in {culprit}"]
    assert engine.compile(module, 0, "simplify").code.code_size > 0  # the engine lives on
    assert engine.compile_function(module, 0, "baseline").code_size > 0


@pytest.mark.filterwarnings("ignore::seaofnodes.OptimizerWarning")
@pytest.mark.parametrize("mode", MODES)
def test_a_full_code_space(wat: Wat, mode: str) -> None:
    """What fits as baseline code runs, whatever has been optimized before."""
    count = 3000
    functions = "".join(
        f'(func (export "f{i}") (param i32) (result i32) (i32.add (local.get 0) (i32.const {i})))' for i in range(count)
    )
    data = wat(f"(module {functions})")
    baseline = Engine(tier="baseline", code_space=1 << 20).instantiate(data).exports
    assert all(baseline[f"f{i}"](1) == i + 1 for i in range(count))
    engine = Engine(code_space=1 << 20, **MODES[mode])  # type: ignore[arg-type]
    exports = engine.instantiate(data).exports
    for i in range(0, count, 3):
        for _ in range(20):
            assert exports[f"f{i}"](1) == i + 1
    assert engine.wait_for_compiler(60)
    assert all(exports[f"f{i}"](2) == i + 2 for i in range(count))


def test_no_thread_can_be_had(wat: Wat, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    exports = Engine(tier_up_budget=50).instantiate(wat(TEXT)).exports
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.warns(OptimizerWarning, match="can't start new thread"):
        assert [exports["count"](n) for n in (10, 1000, 2000, 100_000)] == [10, 1000, 2000, 100_000]


PROGRAM = """
import resource, signal, sys, threading, _thread, seaofnodes
def start(*arguments):
    raise RuntimeError("can't start new thread")
instance = seaofnodes.Engine(tier="baseline", **{options}).instantiate(
    b'(module (func (export "loop") (loop (br 0))) (func (export "f") (result i32) (i32.const 7)))')
_thread.start_new_thread = threading._start_new_thread = start
if sys.argv[1] == "signal":
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
try:
    instance.exports["loop"]()
except (KeyboardInterrupt, seaofnodes.TimeLimitError) as error:
    print(type(error).__name__, instance.exports["f"]())
"""


@pytest.mark.parametrize(
    "how, options, expected", [("signal", {}, "KeyboardInterrupt"), ("limit", {"time_limit": 0.1}, "TimeLimitError")]
)
def test_signals_and_limits_need_no_thread(how: str, options: dict[str, float], expected: str) -> None:
    """Without a ticker every poll looks."""
    command = [sys.executable, "-c", PROGRAM.replace("{options}", repr(options)), how]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.stdout == f"{expected} 7\n", found.stderr


def test_no_file_can_be_opened(wat: Wat) -> None:
    """Parts of the compilers that are imported late are not there then."""
    code = f"""
import resource, seaofnodes, warnings
warnings.simplefilter("ignore", seaofnodes.OptimizerWarning)
exports = seaofnodes.Engine(tier_up_budget=50, background=False).instantiate({wat(TEXT)!r}).exports
assert exports["work"](1) == 3
resource.setrlimit(resource.RLIMIT_NOFILE, (0, {resource.getrlimit(resource.RLIMIT_NOFILE)[1]}))
assert [exports["work"](i) for i in range(200)] == [3 * i for i in range(200)]
assert exports["count"](100000) == 100000
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
