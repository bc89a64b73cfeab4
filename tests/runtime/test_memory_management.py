"""Native memory, the allocator, and where code is put."""

from __future__ import annotations

import ctypes
import random
from typing import Any

import pytest

from seaofnodes.backend.code import Relocation
from seaofnodes.errors import Error
from seaofnodes.runtime.code.arena import Arena
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.entry.stack import stack_limit, thread_stack
from seaofnodes.runtime.process.native import NativeBuffer


def test_arena_gives_disjoint_aligned_pieces_and_joins_them_again() -> None:
    arena, chosen = Arena(64, 64 + 16 * 1000), random.Random(1)
    held: list[tuple[int, int]] = []
    for _ in range(3000):
        if held and chosen.random() < 0.5:
            arena.free(*held.pop(chosen.randrange(len(held))))
            continue
        size = chosen.randint(1, 400)
        start = arena.allocate(size)
        if start is not None:
            assert start % 16 == 0 and start >= 64 and start + size <= 64 + 16 * 1000
            assert all(start + size <= at or at + other <= start for at, other in held)
            held.append((start, size))
    for piece in held:
        arena.free(*piece)
    assert arena.used == 0
    assert arena.allocate(16 * 1000) == 64


def test_arena_is_full() -> None:
    arena = Arena(0, 32)
    assert arena.allocate(32) == 0
    assert arena.allocate(1) is None


def test_code_is_found_by_pc_and_space_is_reused() -> None:
    space = CodeSpace(1 << 20)
    first = space.install(b"\x90" * 20, (), "first")
    second = space.install(b"\xc3", (), "second")
    assert space.find(first.start) is first and space.find(first.start + 19) is first
    assert space.find(first.start + 20) is None and space.find(first.start - 1) is None
    assert space.find(second.start) is second
    space.free(first)
    assert space.find(first.start) is None
    assert space.install(b"\xcc" * 20, (), "third").start == first.start


def test_relocations_reach_context_slots_and_builtins() -> None:
    space = CodeSpace(1 << 20)
    slots = space.allocate_words(8)
    space.builtins["there"] = space.install(b"\xc3", (), "there").start
    relocations = (Relocation(1, "context", 0x20), Relocation(8, "slot", 3, -8), Relocation(16, "builtin", "there"))
    start = space.install(bytes(24), relocations, "code", slots=slots).start

    def field(at: int) -> int:
        return ctypes.c_int32.from_address(start + at).value + start + at

    assert field(1) == space.context + 0x20 - 4
    assert field(8) == slots + 24 - 8
    assert field(16) == space.builtins["there"] - 4


def test_code_pages_cannot_be_written() -> None:
    space = CodeSpace(1 << 20)
    start = space.install(b"\xc3" * 5000, (), "code").start
    protections = []
    with open("/proc/self/maps", encoding="ascii") as lines:
        for line in lines:
            addresses, protection = line.split()[:2]
            low, high = (int(word, 16) for word in addresses.split("-"))
            if low <= start < high:
                protections.append(protection)
            if "seaofnodes-code" in line:
                assert protection in ("r-xs", "rw-s")
    assert protections == ["r-xs"]


def test_full_code_space_is_a_clear_error() -> None:
    space = CodeSpace(1 << 20)
    with pytest.raises(Error, match="code space is full"):
        space.install(bytes(1 << 20), (), "too large")
    with pytest.raises(Error, match="no room for 100,000 entry slots"):
        space.allocate_words(100_000)


def test_native_buffers_are_aligned_and_zero() -> None:
    for size in (1, 16, 100, 5000):
        buffer = NativeBuffer(size)
        assert buffer.address % 16 == 0 and buffer.size >= size
        assert not any(buffer.bytes)


def test_stack_limit_lies_in_this_thread() -> None:
    low, size = thread_stack()
    assert low < stack_limit(1 << 30) < low + size
    assert stack_limit(1 << 20) == low + size - (1 << 20)


def test_a_piece_that_is_allocated_while_another_one_is() -> None:
    """A finalizer may come between finding a free piece and taking it."""

    class Nested(list[tuple[int, int]]):
        def __getitem__(self, index: Any) -> Any:
            if arena._free is self and not pieces:
                pieces.append(None)
                pieces[0] = arena.allocate(100)
            return super().__getitem__(index)

    pieces: list[int | None] = []
    arena = Arena(0, 1000, 10)
    arena._free = Nested(arena._free)
    outer = arena.allocate(200)
    assert (outer, pieces) == (100, [0])
    assert arena.used == 300
