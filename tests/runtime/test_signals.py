"""Faults that are not ours go where they went before."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

Wat = Callable[[str], bytes]

LOAD = '(module (memory 1) (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))'

RUN = """
import ctypes, faulthandler, seaofnodes
{before}
instance = seaofnodes.Engine().instantiate({data!r})
{between}
def trap():
    try:
        instance.exports["load"](-1)
    except seaofnodes.Trap:
        print("trap", flush=True)
trap()
{after}
"""
FAULT = "ctypes.string_at(16)"


def run(wat: Wat, before: str = "", between: str = "", after: str = "") -> subprocess.CompletedProcess[str]:
    code = RUN.format(before=before, between=between, after=after, data=wat(LOAD))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_default_action(wat: Wat) -> None:
    result = run(wat, after=FAULT)
    assert (result.stdout, result.returncode) == ("trap\n", -signal.SIGSEGV)


def test_handler_from_before(wat: Wat) -> None:
    result = run(wat, before="faulthandler.enable()", after=FAULT)
    assert (result.stdout, result.returncode) == ("trap\n", -signal.SIGSEGV)
    assert result.stderr.count("Fatal Python error: Segmentation fault") == 1


def test_handler_that_came_later(wat: Wat) -> None:
    """A new memory or engine puts our handler first again; a fault that nobody wants does not go round in circles."""
    again = f"faulthandler.enable(); instance = seaofnodes.Engine().instantiate({wat(LOAD)!r})"
    result = run(wat, between=again, after=FAULT)
    assert (result.stdout, result.returncode) == ("trap\n", -signal.SIGSEGV)
    assert "Fatal Python error: Segmentation fault" in result.stderr


def test_fault_in_python_at_an_address_of_ours(wat: Wat) -> None:
    """Program counter and address must both match: a host function that reads beyond a memory crashes as ever."""
    after = "ctypes.string_at(instance.data.memories[0].address + (1 << 20))"
    assert run(wat, after=after).returncode == -signal.SIGSEGV


@pytest.mark.parametrize("threads", [8])
def test_faults_in_threads_with_engines_of_their_own(wat: Wat, threads: int) -> None:
    after = f"""
import threading
def work():
    instance = seaofnodes.Engine().instantiate({wat(LOAD)!r})
    for i in range(200):
        try:
            instance.exports["load"](65533 + i * 4096)
        except seaofnodes.Trap as trap:
            assert trap.reason == "out of bounds memory access"
            assert trap.frames[0].function_index == 0
        else:
            raise AssertionError
        assert instance.exports["load"](0) == 0
    done.append(1)
done = []
all = [threading.Thread(target=work) for _ in range({threads})]
for t in all: t.start()
for t in all: t.join()
print(len(done))
"""
    assert run(wat, after=after).stdout == f"trap\n{threads}\n"
