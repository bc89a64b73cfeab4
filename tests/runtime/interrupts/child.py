"""One point in a process of its own: a child of a worker, which has everything ready that costs time."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import select
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from seaofnodes.workers.worker import die_with, reason_of
from tests.runtime.interrupts import checks
from tests.runtime.interrupts.points import NONE, Place, Point, Seen
from tests.runtime.interrupts.scenario import SCENARIOS, Scenario, World
from tests.runtime.interrupts.tracing import Injector, Recorder, hear

_SECONDS: Final = 60.0  # for a point; then all stacks are told, and the child ends
_RECORDING: Final = 600.0
_KILL: Final = 10.0  # more seconds, until it is killed
_FAILED: Final = 3  # exit code of a child that fails where nothing should
_WORDS: Final = 3000  # characters of what a child says


@dataclass
class Outcome:
    """What came of a point. stack: where it was, None if the scenario did not come by; problems: kind and text;
    swallowed: the interrupt ended in a finalizer, as Python does it.
    """

    point: Point
    stack: list[str] | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)
    swallowed: bool = False


def run_points(name: str, points: list[Point]) -> list[Outcome]:
    """Each point in a child."""
    return [_run(SCENARIOS[name], point) for point in points]


def record(name: str, closely: bool) -> Seen:
    """The places that a scenario comes by; closely: instructions, too."""
    scenario = SCENARIOS[name]
    with tempfile.TemporaryFile() as output:
        messages, end = _in_child(lambda: _record(scenario, closely), output, _RECORDING)
        output.seek(0)
        words = output.read().decode(errors="replace")
    told = [message["seen"] for message in messages if "seen" in message]
    if end or not told:
        raise RuntimeError(f"{name} fails without any interrupt: {end}\n{words}")
    lines, instructions = (Counter({Place(*place): n for *place, n in counts}) for counts in told[0])
    return Seen(lines, instructions)


def _run(scenario: Scenario, point: Point) -> Outcome:
    outcome = Outcome(point)
    with tempfile.TemporaryFile() as output:
        messages, end = _in_child(lambda: _interrupted(scenario, point), output, _SECONDS)
        output.seek(0)
        words = output.read().decode(errors="replace")
    phase = "start"
    for message in messages:
        phase = message.get("phase", phase)
        outcome.stack = message.get("stack", outcome.stack)
        outcome.swallowed |= "swallowed" in message
        if "problem" in message:
            outcome.problems.append(tuple(message["problem"]))
    if end:
        kind = "does not end" if phase == "exit" and "Timeout" in words else "hang" if "Timeout" in words else "crash"
        outcome.problems.append((f"{kind}: {phase}", f"{end}\n{words[-_WORDS:]}"))
    return outcome


def _in_child(function: Any, output: Any, seconds: float) -> tuple[list[dict[str, Any]], str]:
    """The messages of a child, and how it ended, empty if by itself and well."""
    ours, theirs = os.pipe()
    worker = os.getpid()
    gc.collect()
    gc.freeze()
    child = os.fork()
    if child == 0:
        die_with(worker)
        os.close(ours)
        os.dup2(output.fileno(), 2)
        os.dup2(output.fileno(), 1)
        faulthandler.dump_traceback_later(seconds, exit=True)
        function_ends(function, theirs)
    os.close(theirs)
    data = bytearray()
    deadline = time.monotonic() + seconds + _KILL
    while True:
        ready, _, _ = select.select([ours], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            os.kill(child, signal.SIGKILL)
            break
        if not (piece := os.read(ours, 1 << 20)):
            break
        data += piece
    os.close(ours)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    messages = [_decode(line) for line in bytes(data).split(b"\n") if line.endswith(b"}")]
    return messages, reason_of(code) if code else ""


def _decode(line: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(line)
    return message


def function_ends(function: Any, pipe: int) -> NoReturn:
    """Do it, and leave Python in the usual way: what that does is part of the test."""
    global _pipe  # noqa: PLW0603  of a process with one purpose
    _pipe = pipe
    try:
        function()
    except BaseException:
        traceback.print_exc()
        os._exit(_FAILED)  # it must not come back as if it were the worker
    say(phase="exit")
    raise SystemExit(0)


_pipe = -1
_swallowed: list[bool] = []


def say(**message: object) -> None:
    """To the worker."""
    data = json.dumps(message, default=list).encode() + b"\n"
    while data:
        data = data[os.write(_pipe, data) :]


def problem(kind: str, text: str) -> None:
    say(problem=(kind, text))


def _told(error: BaseException) -> str:
    text = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _unraisable(found: Any) -> None:
    """An exception in a finalizer."""
    if isinstance(found.exc_value, KeyboardInterrupt):
        _swallowed.append(True)
        say(swallowed=True)
    else:
        problem("in a finalizer", _told(found.exc_value))


def _in_thread(found: Any) -> None:
    problem("in a thread", _told(found.exc_value))


def _record(scenario: Scenario, closely: bool) -> None:
    world = scenario.world()
    recorder = Recorder(closely)
    recorder.start()
    try:
        scenario.act(world)
    finally:
        recorder.stop()
    scenario.verify(world)
    say(seen=[[[*place, count] for place, count in counts.items()] for counts in recorder.seen])


def _interrupted(scenario: Scenario, point: Point) -> None:
    sys.unraisablehook = _unraisable
    threading.excepthook = _in_thread
    signal.signal(signal.SIGINT, signal.default_int_handler)
    before = checks.Footprint()
    say(phase="prepare")
    world = scenario.world()
    dead = checks.owned(world)
    say(phase="act")
    _act(scenario, world, point)
    for name, check in checks.CHECKS.items():
        say(phase=name)
        try:
            check(world, scenario)
        except BaseException as error:
            problem(name, _told(error))
    say(phase="drop")
    world.__dict__.clear()
    del world
    for kind, text in checks.still_alive(dead) + checks.Footprint().compare(before):
        problem(kind, text)
    say(phase="after all")
    try:
        checks.another_engine()
    except BaseException as error:
        problem("after all", _told(error))


def _act(scenario: Scenario, world: World, point: Point) -> None:
    injector = Injector(point)
    interrupted = False
    try:
        try:
            if point.mode != NONE:
                injector.start()
            scenario.act(world)
        finally:
            injector.stop()
            hear()
    except KeyboardInterrupt:
        interrupted = True
    except BaseException as error:
        problem("other exception", f"{_told(error)} in place of KeyboardInterrupt, at {_where(error)}")
    if injector.stack is None:
        return
    say(stack=injector.stack)
    if not interrupted and not _swallowed:
        problem("lost", "the interrupt went nowhere")


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
