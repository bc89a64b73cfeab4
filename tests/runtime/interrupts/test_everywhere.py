"""After an interrupt anywhere in the engine's own Python, the process and the engine are right: a choice of points.

All of them: `python -m tests.runtime.interrupts`.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.runtime.interrupts import campaign
from tests.runtime.interrupts.child import Outcome
from tests.runtime.interrupts.points import LINE, RUNTIME, SIGNAL, Place, Point, parse
from tests.runtime.interrupts.scenario import SCENARIOS
from tests.runtime.interrupts.tracing import Injector, Recorder, hear

_POINTS = 40  # of a group
GROUPS = {
    "entry": ["first_call", "call_after_another_thread", "nested_calls", "references", "trap", "host_raises"],
    "exceptions": ["throw", "rethrow", "host_throws", "interrupt", "time_limit_not_reached"],
    "compilation": ["compile_baseline", "background", "deoptimize_inlined", "two_threads"],
    "memory": ["grow_memory_in_wasm", "grow_memory_in_python", "grow_tables_in_wasm", "references_are_swept"],
    "heap": ["allocate_in_wasm", "collect", "first_objects", "make_in_python"],
    "life": ["instantiate_twice", "engine", "free_instance_and_reuse", "free_engine", "free_memories_and_tables"],
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("group", GROUPS)
def test_a_choice_of_points(group: str) -> None:
    pools = campaign.Pools(1)
    summary = campaign.Summary()
    try:
        seen = campaign.record_all(pools, [SCENARIOS[name] for name in GROUPS[group]], closely=True)
        points = campaign.choose(seen, _POINTS, (LINE, SIGNAL))
        campaign.run(pools, points, summary.add)
    finally:
        pools.close()
    assert not summary.failures, "\n" + summary.table()
    met = summary.points.total() - summary.missed.total()
    assert met >= 0.9 * _POINTS


def _inner(steps: list[str]) -> None:
    steps.append("first")
    steps.append("second")
    steps.append("third")


def _place(at: int) -> Place:
    code = _inner.__code__
    return Place(code.co_filename, code.co_firstlineno, code.co_qualname, at)


@pytest.fixture
def default_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("line", "steps"), [(1, []), (2, ["first"]), (3, ["first", "second"])])
def test_an_interrupt_before_a_line(line: int, steps: list[str]) -> None:
    found: list[str] = []
    injector = Injector(Point(LINE, _place(_inner.__code__.co_firstlineno + line), 2))
    with pytest.raises(KeyboardInterrupt):
        try:
            injector.start()
            _inner([])
            _inner(found)
        finally:
            injector.stop()
    assert found == steps
    assert injector.stack is not None and f":{_inner.__code__.co_firstlineno + line} _inner" in injector.stack[0]


@pytest.mark.usefixtures("default_handler")
def test_a_signal_before_an_instruction() -> None:
    """It is heard when the call that comes next is over."""
    found: list[str] = []
    first = next(at for at, _, line in _inner.__code__.co_lines() if line == _inner.__code__.co_firstlineno + 2)
    with pytest.raises(KeyboardInterrupt):
        injector = Injector(Point(SIGNAL, _place(first), 1))
        try:
            injector.start()
            _inner(found)
        finally:
            injector.stop()
            hear()
    assert found == ["first", "second"]


def test_a_recorder_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.runtime.interrupts.tracing.is_interesting", lambda file: file == __file__)
    recorder = Recorder(closely=True)
    recorder.start()
    _inner([])
    _inner([])
    recorder.stop()
    lines = {place.at - place.first: n for place, n in recorder.seen.lines.items() if place.function == "_inner"}
    assert lines == {1: 2, 2: 2, 3: 2}
    assert {n for place, n in recorder.seen.instructions.items() if place.function == "_inner"} == {2}


def test_points_as_text() -> None:
    point = Point(LINE, Place(RUNTIME + "entry/entry.py", 12, "Entry.enter", 14), 3)
    assert parse(point.spelled()) == point


def test_a_failure_is_told() -> None:
    """With the place, and by kind."""
    summary = campaign.Summary()
    summary.add("first_call", Outcome(Point(LINE, _place(1), 1), ["runtime/x.py:1 f"], [("lock", "waits")]))
    summary.add("first_call", Outcome(Point(LINE, _place(1), 1), ["runtime/x.py:2 f"]))
    assert summary.failures == 1
    assert "lock: 1" in summary.table() and "runtime/x.py:1 f" in summary.table()

