"""The frame table: records come, go and collide; machine code looks while another thread installs and frees."""

from __future__ import annotations

import ctypes
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.layout import CONTEXT_ENTRY_FRAME, CONTEXT_FRAME_TABLE, R10, RAX, RBX, RCX, RDI, RDX, RSI
from seaofnodes.backend.positions import Positions
from seaofnodes.engine import Engine
from seaofnodes.errors import Error
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.code.frame_lookup import look_up_frame
from seaofnodes.runtime.code.frame_table import RECORD_HANDLER, FrameRecord, FrameTable, hash_of
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.code.stub_tools import assemble
from seaofnodes.runtime.process.native import NativeBuffer


def _table(size: int = 1 << 18) -> tuple[FrameTable, NativeBuffer]:
    memory, word = NativeBuffer(size), NativeBuffer(8)
    return FrameTable(memory.words, memory.address, word.words[:1]), word


def _record(key: int) -> FrameRecord:
    references = tuple(range(-16 - 8 * (key % 5), -16, 8))
    return FrameRecord(key, key + 1 if key % 3 else 0, 16 * (key % 7), references)


def _colliding(count: int, mask: int) -> list[int]:
    """Return addresses whose search begins at the last slots of a table, so that it goes round."""
    found: list[int] = []
    key = 0x7F0000000000
    while len(found) < count:
        key += 1
        if hash_of(key) & mask >= mask - 1:
            found.append(key)
    return found


def test_add_find_remove() -> None:
    table, _ = _table()
    table.add(1, [_record(100), _record(101)])
    table.add(2, [_record(102)])
    assert [table.find(key) for key in (100, 101, 102, 103)] == [*map(_record, (100, 101, 102)), None]
    table.remove(1, [100, 101])
    assert [table.find(key) for key in (100, 101, 102)] == [None, None, _record(102)]
    assert table.used == 1
    table.remove(1, [100, 101])
    assert table.used == 1


def test_colliding_keys() -> None:
    table, _ = _table()
    keys = _colliding(40, 63)
    for key in keys:
        table.add(key, [_record(key)])
    assert all(table.find(key) == _record(key) for key in keys)
    order = random.Random(3).sample(keys, len(keys))
    for i, key in enumerate(order):
        table.remove(key, [key])
        assert [table.find(other) is not None for other in order] == [j > i for j in range(len(order))]


def test_deleted_slots_are_used_again() -> None:
    """Else tables would be built anew for ever, and each may have readers."""
    table, word = _table()
    keys = _colliding(20, 63)
    for key in keys:
        table.add(key, [_record(key)])
    first = word.words[0]
    choose = random.Random(7)
    for _ in range(2000):
        key = choose.choice(keys)
        table.remove(key, [key])
        table.add(key, [_record(key)])
    assert word.words[0] == first
    assert all(table.find(key) == _record(key) for key in keys)


def test_growth_keeps_what_there_is() -> None:
    table, word = _table(1 << 20)
    places = set()
    for group in range(300):
        table.add(group, [_record(1000 * group + i + 2) for i in range(group % 12)])
        places.add(word.words[0])
    assert len(places) > 3
    for group in range(300):
        for i in range(12):
            key = 1000 * group + i + 2
            assert table.find(key) == (_record(key) if i < group % 12 else None)


def test_rebuild() -> None:
    table, _ = _table()
    table.add(1, [_record(key) for key in range(10, 60)])
    table.rebuild({2: [_record(key) for key in range(50, 70)]})
    assert [key for key in range(2, 100) if table.find(key)] == list(range(50, 70))
    assert table.find(69) == _record(69) and table.used == 20


def test_a_full_table_is_a_clear_error_and_changes_nothing() -> None:
    table, _ = _table(1 << 14)
    table.add(1, [_record(key) for key in range(10, 30)])
    with pytest.raises(Error, match="no room for more frame records, of which it has 20"):
        table.add(2, [_record(key) for key in range(100, 400)])
    assert [key for key in range(2, 400) if table.find(key)] == list(range(10, 30))


def test_memory_of_earlier_tables_is_reclaimed() -> None:
    table, word = _table(1 << 14)
    places = set()
    for _ in range(100):
        table.rebuild({1: [_record(key) for key in range(10, 60)]})
        table.reclaim()
        places.add(word.words[0])
        assert [key for key in range(2, 100) if table.find(key)] == list(range(10, 60))
    assert len(places) < 10


def _code(calls: int, size: int = 64) -> MachineCode:
    pcs = range(1, calls + 1)
    return MachineCode(
        0, "baseline", bytes(size), size, [], {}, Positions.of_baseline([], []), 48,
        safepoints={pc: (-16 - 8 * (pc % 3),) for pc in pcs}, handlers={pc: pc + 1 for pc in pcs},
    )  # fmt: skip


def _install(space: CodeSpace, calls: int) -> CodeObject:
    code = _code(calls)
    return space.install(code.data, (), "code", code=code)


def test_code_space_keeps_the_records_of_its_code() -> None:
    space = CodeSpace(1 << 20)
    first, second = _install(space, 3), _install(space, 40)
    assert space.frame(first.start + 2) == FrameRecord(first.start + 2, first.start + 3, 48, (-32,))
    space.free(first)
    assert space.frame(first.start + 2) is None and space.frame(second.start + 2) is not None


def _look_up_often(a: Assembler) -> None:
    """int(rdi: return address, rsi: handler, rdx: how often): how many look-ups did not give the handler."""
    a.emit("PUSH_r64", RBX)
    a.emit("MOV_r64_r64", RCX, RDI)
    a.emit("MOV_r64_r64", R10, RSI)
    a.emit("XOR_r32_r32", RAX, RAX)
    wrong, next = Label(), Label()
    again = a.mark()
    look_up_frame(a, wrong)
    a.emit("CMP_r64_m64", R10, Mem(RDI, RECORD_HANDLER))
    a.jcc("E", next)
    a.bind(wrong)
    a.emit("INC_r64", RAX)
    a.bind(next)
    a.emit("DEC_r64", RDX)
    a.jcc("NE", again)
    a.emit("POP_r64", RBX)
    a.ret()


def _look_ups(space: CodeSpace) -> Callable[[int, int, int], int]:
    stub = assemble(_look_up_often).install(space, "look up")
    call: Any = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64)(stub.start)
    return call  # type: ignore[no-any-return]


def test_machine_code_looks_up() -> None:
    space = CodeSpace(1 << 20)
    look_up = _look_ups(space)
    codes = [_install(space, 40) for _ in range(20)]
    for found in codes:
        for pc in range(1, 41):
            assert look_up(found.start + pc, found.start + pc + 1, 1) == 0
        assert look_up(found.start + 41, found.start + 42, 1) == 1  # it has no record
    assert look_up(codes[0].start + 1, codes[0].start + 1, 5) == 5  # and the handler is compared


def test_machine_code_looks_up_while_another_thread_installs_and_frees() -> None:
    space = CodeSpace(1 << 22)
    look_up = _look_ups(space)
    stay = [_install(space, 50) for _ in range(4)]
    space.store_word(space.context + CONTEXT_ENTRY_FRAME, 1)  # as if it were run by an entry
    wrong: list[int] = []
    done = threading.Event()

    def look() -> None:
        choose = random.Random(1)
        while not done.is_set():
            start = choose.choice(stay).start + choose.randint(1, 50)
            wrong.append(look_up(start, start + 1, 20_000))

    thread = threading.Thread(target=look)
    thread.start()
    tables = set()
    try:
        choose = random.Random(2)
        for _ in range(6):
            made: list[CodeObject] = []
            for _ in range(400):
                made.append(_install(space, 20))
                if choose.random() < 0.4:
                    space.free(made.pop(choose.randrange(len(made))))
                tables.add(space.load_word(space.context + CONTEXT_FRAME_TABLE))
            for found in made:
                space.free(found)
    finally:
        done.set()
        thread.join()
    assert len(tables) > 4 and len(wrong) > 3
    assert not any(wrong)


def test_an_interrupted_change_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    space = CodeSpace(1 << 20)
    first = _install(space, 5)
    insert = FrameTable._insert

    def stopped(self: FrameTable, rows: Any, first: int, mask: int) -> int:
        insert(self, list(rows)[:2], first, mask)
        raise KeyboardInterrupt

    monkeypatch.setattr(FrameTable, "_insert", stopped)
    with pytest.raises(KeyboardInterrupt):
        _install(space, 5)
    monkeypatch.undo()
    second = _install(space, 1)
    known = [pc for pc in range(first.start, second.start + 64) if space.frame(pc)]
    assert known == [*(first.start + pc for pc in range(1, 6)), second.start + 1]


def test_a_throw_calls_no_python(wat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """(module (tag $t (param i32))
      (func $thrower (param i32) (if (local.get 0) (then (call $thrower (i32.sub (local.get 0) (i32.const 1)))))
        (throw $t (i32.const 7)))
      (func (export "f") (param i32) (result i32)
        (block $h (result i32) (try_table (catch $t $h) (call $thrower (local.get 0))) (i32.const 0))))"""
    for tier in ("baseline", "optimized"):
        engine = Engine(tier=tier)
        f = engine.instantiate(wat(source)).exports["f"]
        assert f(3) == 7
        monkeypatch.setattr(CodeSpace, "find", None)
        monkeypatch.setattr(CodeSpace, "frame", None)
        assert f(50) == 7
        monkeypatch.undo()


def test_what_runs_within_a_change_finds_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finalizer or a handler of signals may look, install and free while a table is built."""
    space = CodeSpace(1 << 20)
    there = [_install(space, 20), _install(space, 20)]
    insert = FrameTable._insert
    inner: list[CodeObject] = []
    is_nested: list[bool] = []

    def nested(self: FrameTable, rows: Any, first: int, mask: int) -> int:
        given = list(rows)
        taken = insert(self, given[: len(given) // 2], first, mask)
        if not is_nested:
            is_nested.append(True)
            inner.append(_install(space, 7))
            found = there.pop()
            space.free(found)
            assert space.frame(there[0].start + 20) and not space.frame(found.start + 20)
        return taken + insert(self, given[len(given) // 2 :], first, mask)

    monkeypatch.setattr(FrameTable, "_insert", nested)
    outer = _install(space, 50)
    monkeypatch.undo()
    for found, calls in ((there[0], 20), (outer, 50), (inner[0], 7)):
        known = [pc for pc in range(found.start, found.start + found.size) if space.frame(pc)]
        assert known == [found.start + pc for pc in range(1, calls + 1)]
