"""Pauses of Python's cyclic collector overlap in threads, and end in forked processes."""

from __future__ import annotations

import gc
import os
import threading

from seaofnodes.runtime.process.collector_pause import without_collector


def test_the_last_of_overlapping_pauses_ends_them() -> None:
    inside, go = threading.Event(), threading.Event()
    seen: list[bool] = []

    def wait() -> None:
        inside.set()
        go.wait(60)
        seen.append(gc.isenabled())

    other = threading.Thread(target=lambda: without_collector(wait))

    def first() -> None:
        other.start()
        assert inside.wait(60)

    assert gc.isenabled()
    without_collector(first)
    assert not gc.isenabled()
    go.set()
    other.join(60)
    assert seen == [False] and gc.isenabled()


def test_a_forked_process_has_no_pauses_of_others() -> None:
    inside, go = threading.Event(), threading.Event()
    other = threading.Thread(target=lambda: without_collector(lambda: inside.set() or go.wait(60)))
    other.start()
    try:
        assert inside.wait(60)
        child = os.fork()
        if child == 0:
            os._exit(10 + gc.isenabled() + 2 * (not without_collector(gc.isenabled)) + 4 * gc.isenabled())
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 17
    finally:
        go.set()
        other.join(60)
    assert gc.isenabled()
