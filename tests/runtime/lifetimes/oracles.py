"""What is left when a program has let go of everything."""

from __future__ import annotations

import gc
import os
import sys
import threading
import weakref
from pathlib import Path
from typing import Any, Final

from seaofnodes.runtime.entry.context import ALL_ONES
from seaofnodes.runtime.process.signal_code import CODE_COUNT, CODES, MEMORIES, MEMORY_COUNT
from seaofnodes.runtime.process.signals import HANDLERS

_GIB: Final = 1 << 30


def signal_entries() -> int:
    """Ranges of code and memory that the signal handlers know."""
    words = HANDLERS._words
    codes = range(CODES >> 3, (CODES >> 3) + 4 * words[CODE_COUNT >> 3], 4)
    memories = range(MEMORIES >> 3, (MEMORIES >> 3) + 2 * words[MEMORY_COUNT >> 3], 2)
    return sum(words[at] != ALL_ONES for at in (*codes, *memories))


def engine_mappings() -> tuple[int, int]:
    """Mappings of machine code, and reserved memories."""
    code = memories = 0
    for line in Path("/proc/self/maps").read_text().splitlines():
        start, end = (int(part, 16) for part in line.split(" ", 1)[0].split("-"))
        code += "seaofnodes-code" in line
        memories += end - start > 4 * _GIB and "---p" in line
    return code, memories


def mappings() -> int:
    return len(Path("/proc/self/maps").read_text().splitlines())


def resident() -> int:
    """Bytes of memory that the process uses."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


class Before:
    """What there was before a program. engines: False where no engine was made so far, and none is to be."""

    def __init__(self, engines: bool = True) -> None:
        self.entries = signal_entries() if engines else 0
        self.interval = sys.getswitchinterval()
        self.mappings = engine_mappings()
        self.descriptors = descriptors()
        self.threads = threading.active_count()

    def left(self, tracked: list[tuple[str, weakref.ref[Any]]]) -> list[str]:
        """What the program has left behind, in words."""
        alive = sorted({what for what, reference in tracked if reference() is not None})
        found = [f"alive: {', '.join(alive)}"] if alive else []
        for what, before, after in (
            ("entries of the signal handlers' table", self.entries, signal_entries()),
            ("mappings of code and memories", self.mappings, engine_mappings()),
            ("descriptors", self.descriptors, descriptors()),
            ("threads", self.threads, threading.active_count()),
        ):
            if after != before:
                found.append(f"{what}: {before} before, {after} after")
        if not gc.isenabled():
            gc.enable()
            found.append("the collector is off")
        if sys.getswitchinterval() != self.interval:
            found.append(f"the switch interval is {sys.getswitchinterval()}")
            sys.setswitchinterval(self.interval)
        return found
