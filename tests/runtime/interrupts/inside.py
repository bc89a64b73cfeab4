"""What the tests have to know of the engine's inside: whoever changes that looks here."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from seaofnodes import Engine, Instance, Memory
from seaofnodes.runtime.code.space import LINE
from seaofnodes.runtime.entry.context import ALL_ONES
from seaofnodes.runtime.process import signals
from seaofnodes.runtime.process.signal_code import CODE_COUNT, CODES, MEMORIES, MEMORY_COUNT

PAGE = 1 << 16


def owned_by(engine: Engine, instance: Instance) -> list[Any]:
    """What has to die when nobody holds the engine and the instance any more."""
    return [engine, engine.store, engine.runtime, engine.runtime.space, instance, instance.data, instance.data.code]


def code_is_in_order(engine: Engine) -> bool:
    """Are the ranges of code sorted, apart from each other, and found?"""
    space = engine.runtime.space
    if sorted(space._objects) != space._starts:
        return False
    pieces = [space._objects[start] for start in space._starts]
    ends_before = all(one.start + one.size <= other.start for one, other in pairwise(pieces))
    return ends_before and all(
        space.find(pc) is piece for piece in pieces for pc in (piece.start, piece.start + piece.size - 1)
    )


def lost_code(engine: Engine) -> int:
    """Bytes that are in use although no piece of code is there."""
    space = engine.runtime.space
    used = space.code_bytes
    return used - sum(-(-piece.size // LINE) * LINE for piece in space._objects.values())


def pages_left(engine: Engine) -> int:
    """Of memory, that the engine may still have."""
    return engine.store.pages.left


def pages_of(*memories: Memory) -> int:
    return sum(memory.size for memory in memories)


def live_signal_entries() -> tuple[int, ...]:
    """How many code spaces and memories the signal handler knows."""
    words = signals.HANDLERS._words
    codes = [words[(CODES >> 3) + 4 * i] for i in range(words[CODE_COUNT >> 3])]
    memories = [words[(MEMORIES >> 3) + 2 * i] for i in range(words[MEMORY_COUNT >> 3])]
    return tuple(sum(start != ALL_ONES for start in starts) for starts in (codes, memories))
