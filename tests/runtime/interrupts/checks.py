"""What has to be right after an interrupt: in the process, in the engine, and when all is gone."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Final

from seaofnodes import Engine, InterruptError
from tests.runtime.interrupts import inside
from tests.runtime.interrupts.scenario import Probe, Scenario, Thing, World, gives, traps

_PATIENCE: Final = 10.0  # seconds until something hangs
_SOON: Final = 4.0  # seconds until what another thread does is over
_LATER: Final = 0.004  # seconds, in which a loop begins for certain
_ENDLESS: Final = 1 << 62  # turns of a loop
_LARGE: Final = 70 << 20  # bytes of a mapping that is none of the C library's

Check = Callable[[World, Scenario], None]


def in_another_thread(function: Callable[[], object]) -> None:
    """Raises what the function raises there, or AssertionError when it does not end."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    assert not thread.is_alive(), "another thread waits for ever"
    if failed:
        raise failed[0]


def _collector(world: World, scenario: Scenario) -> None:
    end = time.monotonic() + _SOON
    while not gc.isenabled() and time.monotonic() < end:
        time.sleep(0.001)  # another thread may compile
    assert gc.isenabled(), "the collector is off"


def _calls(probe: Probe) -> None:
    exports, thing = probe.exports, Thing()
    gives(5, exports["add"], 2, 3)
    gives(15, exports["nested"], 7)
    gives(5, exports["indirect"], 2, 3, 0)
    gives(-1, exports["indirect"], 2, 3, 1)
    gives(55, exports["sum"], 10)
    gives(thing, exports["same"], thing)
    gives((7, thing), exports["caught"], 7, thing)
    traps("integer divide by zero", exports["divide"], 1, 0)
    exports["table"][0] = thing
    gives(thing, exports["table"].__getitem__, 0)
    exports["table"][0] = None


def _recursion_at_once(world: World, scenario: Scenario) -> None:
    """Before another thread's call has the engine look up the stack limit anew."""
    if world.probe is not None:
        traps("call stack exhausted", world.probe.exports["deep"])


def _hot_loop(world: World, scenario: Scenario) -> None:
    """A loop that asks for better code, which is not there yet."""
    if world.probe is not None:
        gives(5000050000, world.probe.exports["hot"], 100000)


def _other_thread(world: World, scenario: Scenario) -> None:
    probe = world.probe
    if probe is not None:
        in_another_thread(lambda: gives(5, probe.exports["add"], 2, 3))


def _probe_calls(world: World, scenario: Scenario) -> None:
    if world.probe is not None:
        _calls(world.probe)


def _verify(world: World, scenario: Scenario) -> None:
    scenario.verify(world)


def _recursion(world: World, scenario: Scenario) -> None:
    probe = world.probe
    if probe is not None:
        traps("call stack exhausted", probe.exports["deep"])
        in_another_thread(lambda: traps("call stack exhausted", probe.exports["deep"]))
        traps("call stack exhausted", probe.exports["deep"])


def _faults(world: World, scenario: Scenario) -> None:
    if world.probe is not None:
        traps("out of bounds memory access", world.probe.exports["load"], 1 << 30)
        gives(0, world.probe.exports["load"], 65532)


def _references(world: World, scenario: Scenario) -> None:
    if world.probe is not None:
        thing = Thing()
        alive = weakref.ref(thing)
        gives(thing, world.probe.exports["same"], thing)
        del thing
        world.probe.engine.heap.collect()  # where there are objects, that tells what they hold
        assert alive() is None, "an object that was passed to wasm stays alive after the call"


def _heard(probe: Probe, send: Callable[[], object], expected: type[BaseException], what: str) -> None:
    """An endless loop ends by what another thread does."""
    over = threading.Event()

    def act() -> None:
        time.sleep(_LATER)
        send()
        if not over.wait(_PATIENCE):
            too_late.append(True)
            probe.engine.interrupt()  # a check that hangs says less than one that fails

    def start() -> None:
        thread.start()

    for _ in range(20):
        probe.exports["spin"](3000)  # what it is compiled to from now on is there when the loop is interrupted
    probe.engine.wait_for_compiler(_PATIENCE)
    too_late: list[bool] = []
    thread = threading.Thread(target=act, daemon=True)
    probe.on_start = start
    try:
        probe.exports["spin"](_ENDLESS)
    except expected:
        assert not too_late, f"{what} is not heard"
    except InterruptError:
        raise AssertionError(f"{what} is not heard") from None
    finally:
        over.set()
        probe.on_start = int
        thread.join()


def _control_c(world: World, scenario: Scenario) -> None:
    if world.probe is not None:
        _heard(world.probe, lambda: os.kill(os.getpid(), signal.SIGINT), KeyboardInterrupt, "Ctrl-C in a loop")


def _interrupt(world: World, scenario: Scenario) -> None:
    if world.engine is not None and world.probe is not None:
        _heard(world.probe, world.engine.interrupt, InterruptError, "Engine.interrupt()")


def _new_code(world: World, scenario: Scenario) -> None:
    if world.engine is not None:
        probe = Probe(world.engine)
        _calls(probe)
        gives(1, probe.exports["grow"], 1)
        gives(-1, probe.exports["grow"], 1)
        gives(0, probe.exports["load"], 131068)
        for value in range(20):
            gives(2 * value + 1, probe.exports["nested"], value)
        try:
            probe.exports["divide"](1, 0)
        except Exception as trap:
            assert [frame.name for frame in trap.frames] == ["divide"], f"the backtrace is {trap}"  # type: ignore[attr-defined]


def _compiler(world: World, scenario: Scenario) -> None:
    if world.engine is not None:
        assert world.engine.wait_for_compiler(_PATIENCE), "the compiler's thread never ends"


def _code_space(world: World, scenario: Scenario) -> None:
    if world.engine is not None:
        gc.collect()
        assert inside.code_is_in_order(world.engine), "ranges of code are out of order"


def _lost_code(world: World, scenario: Scenario) -> None:
    if world.engine is not None:
        lost = inside.lost_code(world.engine)
        assert not lost, f"{lost} bytes of code space are lost"


def _switch_interval(world: World, scenario: Scenario) -> None:
    end = time.monotonic() + _SOON
    while sys.getswitchinterval() < USUAL_INTERVAL and time.monotonic() < end:
        time.sleep(0.001)
    assert sys.getswitchinterval() == USUAL_INTERVAL, f"the switch interval is {sys.getswitchinterval()}"


def another_engine() -> None:
    """A new engine is right, which may be where another was."""
    probe = Probe(Engine(tier="baseline"))
    _calls(probe)
    traps("call stack exhausted", probe.exports["deep"])
    traps("out of bounds memory access", probe.exports["load"], 1 << 30)
    _heard(probe, lambda: os.kill(os.getpid(), signal.SIGINT), KeyboardInterrupt, "Ctrl-C in another engine's loop")


USUAL_INTERVAL: Final = sys.getswitchinterval()

# In this order: what hangs or crashes comes last.
CHECKS: Final[dict[str, Check]] = {
    "collector": _collector,
    "hot loop": _hot_loop,
    "recursion at once": _recursion_at_once,
    "another thread": _other_thread,
    "calls": _probe_calls,
    "once more": _verify,
    "compiler's thread": _compiler,
    "references": _references,
    "recursion": _recursion,
    "faults": _faults,
    "Ctrl-C": _control_c,
    "interrupt": _interrupt,
    "new code": _new_code,
    "code space": _code_space,
    "lost code": _lost_code,
    "switch interval": _switch_interval,
    "collector at last": _collector,
}


class Footprint:
    """What the process has of the system: what stays of it when all is gone is lost."""

    def __init__(self) -> None:
        gc.collect()
        self.mapped = sum(size for size in _mappings() if size >= _LARGE)
        self.descriptors = len(os.listdir("/proc/self/fd"))
        self.entries = inside.live_signal_entries()

    def compare(self, before: Footprint) -> list[tuple[str, str]]:
        """Kind and text of what is lost."""
        found = []
        if self.mapped > before.mapped:
            found.append(("addresses lost", f"{(self.mapped - before.mapped) >> 20:,} MiB of addresses are lost"))
        if self.descriptors > before.descriptors:
            found.append(("descriptor lost", "a file stays open"))
        if any(now > then for now, then in zip(self.entries, before.entries, strict=True)):
            found.append(("signal table", f"the signal handler knows {self.entries}, not {before.entries}"))
        return found


def _mappings() -> list[int]:
    with open("/proc/self/maps", encoding="ascii", errors="replace") as file:
        ranges = [line.split(" ", 1)[0].split("-") for line in file]
    return [int(end, 16) - int(start, 16) for start, end in ranges]


def owned(world: World) -> dict[str, Any]:
    """Weak references to what has to die with the world, by name."""
    if world.engine is None or world.probe is None:
        return {}
    kept = inside.owned_by(world.engine, world.probe.instance)
    kept += [value for value in world.things.values() if type(value).__name__ in ("Memory", "Table", "Instance")]
    return {f"{type(one).__name__} {i}": weakref.ref(one) for i, one in enumerate(kept)}


def still_alive(dead: dict[str, Any]) -> list[tuple[str, str]]:
    """Those of them that do not die."""
    end = time.monotonic() + 1
    while True:
        gc.collect()
        alive = [name for name, one in dead.items() if one() is not None]
        if not alive or time.monotonic() > end:
            return [("stays alive", f"{', '.join(alive)} after the last reference")] if alive else []
        time.sleep(0.01)  # a thread may be on its way out
