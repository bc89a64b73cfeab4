"""Faults of wasm are traps, those of others are not, whatever handlers were installed when."""

from __future__ import annotations

import signal

import pytest

from tests.runtime.lifetimes.scripts import run, said


def test_traps_stay_traps() -> None:
    """With faulthandler switched on and off before and after the engine was made."""
    assert said("""
ways = ["pass", "faulthandler.enable()", "faulthandler.enable(); faulthandler.disable()", "faulthandler.disable()",
        "faulthandler.disable(); faulthandler.enable()", "faulthandler.register(signal.SIGUSR2)"]
def case(before, after):
    exec(before)
    exports = make()
    def trap():
        try:
            exports["load"](-1)
        except seaofnodes.Trap as error:
            assert error.reason == "out of bounds memory access"
        else:
            raise AssertionError
    trap()
    exec(after)
    trap()
    trap()
each(case, *[(before, after) for before in ways[:3] for after in ways])
""", seconds=100) == ""


def test_traps_stay_traps_when_a_host_function_changes_faulthandler() -> None:
    assert said("""
def case(first, second):
    def host(x):
        for way in (first, second):
            getattr(faulthandler, way)()
            try:
                exports["load"](-1)
            except seaofnodes.Trap:
                continue
            raise AssertionError
        return x
    exports = make(host)
    try:
        exports["host_then_load"](-1)
    except seaofnodes.Trap as error:
        assert error.reason == "out of bounds memory access"
each(case, ("enable", "disable"), ("disable", "enable"))
""") == ""


def test_traps_stay_traps_in_threads() -> None:
    """Another thread switches faulthandler on and off all the time, while traps come and engines are made."""
    assert said("""
exports = make()
done = []
def work():
    for n in range(200):
        for found in (exports, make() if n % 10 == 0 else exports):
            try:
                found["load"](-1 - 4096 * n)
            except seaofnodes.Trap:
                continue
            os._exit(7)
    done.append(1)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
while len(done) < 4:
    faulthandler.enable()
    faulthandler.disable()
    time.sleep(0.001)
""") == ""


@pytest.mark.parametrize("enabled", [False, True])
def test_faults_of_others_still_crash(enabled: bool) -> None:
    """In another thread, while wasm runs in this one."""
    code = f"""
import ctypes
exports = make()
if {enabled}:
    faulthandler.enable()
def crash():
    time.sleep(0.1)
    threading.Timer(5, os._exit, (99,)).start()
    ctypes.string_at(16)
threading.Thread(target=crash, daemon=True).start()
exports["endless"](0)
"""
    found = run(code)
    assert found.returncode == -signal.SIGSEGV
    assert ("Segmentation fault" in found.stderr) == enabled


def test_a_trap_in_a_signal_handler_leaves_the_outer_one_as_it_is() -> None:
    """The handler runs at every line of Python's on the way out of a trap, and traps itself."""
    said("""
exports = make(tier="baseline")
inner = []
def handler(number, frame):
    sys.settrace(None)
    try:
        exports["divide"](1, 0)
    except seaofnodes.Trap as error:
        inner.append(error.reason)
signal.signal(signal.SIGUSR1, handler)
def outer(at):
    count = 0
    def trace(frame, event, arg):
        nonlocal count
        count += 1
        if count == at:
            signal.raise_signal(signal.SIGUSR1)
        return trace
    sys.settrace(trace)
    try:
        exports["load"](-1)
    except seaofnodes.Trap as error:
        sys.settrace(None)
        return count, error.reason, [frame.name for frame in error.frames]
    finally:
        sys.settrace(None)
_, *right = outer(-1)
lines, *again = outer(-1)
assert again == right, again
wrong = {at: found for at in range(1, lines + 1) if (found := outer(at)[1:]) != tuple(right)}
assert lines > 10 and len(inner) == lines and set(inner) == {"integer divide by zero"}, (lines, inner)
assert not wrong, wrong
""")
