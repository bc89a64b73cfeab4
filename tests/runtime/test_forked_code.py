"""A forked process has the code that its parent had at the fork."""

from __future__ import annotations

import _frozen_importlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import pytest

from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.entry import forking as forking  # registers what a fork needs
from seaofnodes.runtime.process.importing import ImportsHeld
from seaofnodes.runtime.process.weak_bag import WeakBag


def test_code_that_took_another_ones_place_after_the_copy() -> None:
    """The compiler's thread goes on while the pages are copied: it frees code, and installs other code there."""
    space = CodeSpace(1 << 20)
    before = space.install(b"\x90" * 64, (), "before")
    copy = space.copy_code()
    space.free(before)
    after = space.install(b"\xcc" * 64, (), "after")
    assert after.start == before.start
    space.adopt(copy)
    assert ctypes.string_at(after.start, 64) == b"\xcc" * 64


def test_code_that_was_patched_after_the_copy() -> None:
    space = CodeSpace(1 << 20)
    found = space.install(b"\x90" * 64, (), "code")
    copy = space.copy_code()
    space.patch(found.start + 8, b"\xcc")
    space.adopt(copy)
    assert ctypes.string_at(found.start, 10) == b"\x90" * 8 + b"\xcc\x90"


def test_forks_while_another_thread_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child has no thread that would come to the end of an import, so it can import the module itself."""
    (tmp_path / "imported_slowly.py").write_text("import time\nfor _ in range(20):\n    time.sleep(0.0001)\n")
    monkeypatch.syspath_prepend(tmp_path)
    space = CodeSpace(1 << 22)
    space.install(bytes(1 << 21), (), "long")  # takes a while to copy
    done = threading.Event()

    def import_again_and_again() -> None:
        while not done.is_set():
            sys.modules.pop("imported_slowly", None)
            __import__("imported_slowly")

    thread = threading.Thread(target=import_again_and_again)
    thread.start()
    try:
        for _ in range(40):
            child = os.fork()
            if not child:
                signal.alarm(5)
                __import__("imported_slowly")
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        done.set()
        thread.join()


def test_imports_go_on_after_a_fork() -> None:
    held = ImportsHeld()
    held.hold(1)
    held.hold(1)
    held.let_go()
    held.let_go()  # does nothing
    thread = threading.Thread(target=lambda: __import__("this_module_is_not_there"), daemon=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda _: None)
        thread.start()
        thread.join(10)
    assert not thread.is_alive()


def test_code_does_not_change_between_the_copy_and_the_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread that installs code waits until the fork is done; the child would find other code than its own."""
    space = CodeSpace(1 << 20)
    spaces: WeakBag[CodeSpace] = WeakBag()
    spaces.add(space)
    monkeypatch.setattr(forking, "SPACES", spaces)
    forks = forking._Forks()
    monkeypatch.setattr(forks.imports, "hold", lambda patience: None)
    done = threading.Event()

    def install() -> None:
        while not done.is_set():
            space.free(space.install(b"\xcc" * 4096, (), "other"))

    thread = threading.Thread(target=install)
    thread.start()
    try:
        for _ in range(10):
            forks.before()
            held = space.version
            time.sleep(0.002)
            assert space.version == held == forks.copies[-1][1].version
            forks.in_parent()
            while space.version == held and thread.is_alive():  # it goes on
                time.sleep(0.001)
        assert thread.is_alive()
    finally:
        done.set()
        thread.join()


def test_locks_of_imports_that_are_left_over() -> None:
    """Of a thread that has ended, or in a traceback of one: nobody comes to wait for them."""
    locks = _frozen_importlib._module_locks
    made = []
    for owner in (None, 1):
        lock = _frozen_importlib._ModuleLock(f"left_over_{owner}")
        lock.owner = owner
        made.append(lock)
        locks[lock.name] = weakref.ref(lock)
    start = time.monotonic()
    held = ImportsHeld()
    try:
        held.hold(30)
        assert time.monotonic() - start < 10
    finally:
        held.let_go()
        for lock in made:
            del locks[lock.name]


PROGRAM = """
import seaofnodes, sys
instance = seaofnodes.Engine(tier="baseline").instantiate(
    b'(module (func (export "f") (result i32) (i32.const 7)))')
instance.exports["f"]()
"""


def test_the_end_of_a_process_whose_thread_has_hardly_begun() -> None:
    environment = {**os.environ, "PYTHONDEVMODE": "1"}
    for _ in range(10):
        found = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=False)
        assert found.returncode == 0, found.stderr
