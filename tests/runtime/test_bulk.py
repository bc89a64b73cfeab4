"""The bulk memory builtins, called as compiled code calls them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import Engine, Instance, Trap
from seaofnodes.backend.layout import RECORD_INSTANCE, RECORD_SIZE, RECORD_SLOT
from seaofnodes.runtime.process.native import NativeBuffer
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.types import I32, FuncType

Wat = Callable[[str], bytes]

OPERANDS = {
    "memory_init": 5,
    "memory_copy": 5,
    "memory_fill": 4,
    "data_drop": 1,
    "table_init": 5,
    "table_copy": 5,
    "elem_drop": 1,
}


class Bulk:
    """An instance and, by name, the builtins as functions that run in it."""

    def __init__(self, instance: Instance) -> None:
        self.memory = instance.exports["memory"]
        self.table = instance.exports["table"]
        self.functions = {name: self._function(instance, name, count) for name, count in OPERANDS.items()}

    @staticmethod
    def _function(instance: Instance, name: str, count: int) -> Function:
        record = NativeBuffer(RECORD_SIZE + 8)
        store = instance.data.unit.store
        record.words[RECORD_SIZE >> 3] = store.runtime.space.builtins[name]
        record.words[RECORD_SLOT >> 3] = record.address + RECORD_SIZE
        record.words[RECORD_INSTANCE >> 3] = instance.data.address
        return Function(store, FuncType((I32,) * count, ()), name, record.address, (record, instance))

    def __call__(self, name: str, *operands: int) -> None:
        self.functions[name](*operands)

    def results(self) -> list[int | None]:
        return [None if function is None else function() for function in (self.table[i] for i in range(8))]


@pytest.fixture
def bulk(wat: Wat) -> Bulk:
    data = wat("""(module
      (memory (export "memory") 1)
      (table (export "table") 8 funcref)
      (data "hello")
      (data (i32.const 1000) "active")
      (elem func $one $two)
      (elem (i32.const 7) func $two)
      (func $one (result i32) (i32.const 1))
      (func $two (result i32) (i32.const 2)))""")
    return Bulk(Engine().instantiate(decode_module(data)))


def test_memory_operations(bulk: Bulk) -> None:
    bulk("memory_fill", 0, 10, 0x141, 5)
    assert bulk.memory.read(9, 7) == b"\0AAAAA\0"
    bulk("memory_init", 0, 0, 10, 1, 3)
    assert bulk.memory.read(9, 7) == b"\0ellAA\0"
    bulk("memory_copy", 0, 0, 11, 10, 5)  # overlapping, upwards
    assert bulk.memory.read(9, 8) == b"\0eellAA\0"
    bulk("memory_copy", 0, 0, 9, 11, 4)  # and downwards
    assert bulk.memory.read(9, 8) == b"ellAlAA\0"


def test_table_operations(bulk: Bulk) -> None:
    assert bulk.results() == [None] * 7 + [2]
    bulk("table_init", 0, 0, 3, 0, 2)
    assert bulk.results() == [None, None, None, 1, 2, None, None, 2]
    bulk("table_copy", 0, 0, 4, 3, 3)
    assert bulk.results() == [None, None, None, 1, 1, 2, None, 2]
    bulk("table_copy", 0, 0, 2, 3, 5)
    assert bulk.results() == [None, None, 1, 1, 2, None, 2, 2]


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("memory_fill", (0, 65530, 1, 7)),
        ("memory_fill", (0, 65537, 1, 0)),
        ("memory_fill", (0, -1, 1, -1)),
        ("memory_copy", (0, 0, 0, 65535, 2)),
        ("memory_copy", (0, 0, 65535, 0, 2)),
        ("memory_copy", (0, 0, -1, -1, -1)),
        ("memory_init", (0, 0, 0, 4, 2)),
        ("memory_init", (0, 0, 65535, 0, 2)),
        ("memory_init", (1, 0, 0, 0, 1)),  # active segments are dropped
        ("table_init", (0, 0, 7, 0, 2)),
        ("table_init", (0, 0, 0, 1, 2)),
        ("table_init", (1, 0, 0, 0, 1)),
        ("table_copy", (0, 0, 0, 7, 2)),
        ("table_copy", (0, 0, -1, 0, 1)),
    ],
)
def test_out_of_bounds_changes_nothing(bulk: Bulk, name: str, operands: tuple[int, ...]) -> None:
    before = bulk.memory.read(0, 1 << 16), bulk.results()
    with pytest.raises(Trap, match=f"out of bounds {name.split('_', maxsplit=1)[0]} access"):
        bulk(name, *operands)
    assert (bulk.memory.read(0, 1 << 16), bulk.results()) == before


def test_up_to_the_end(bulk: Bulk) -> None:
    bulk("memory_fill", 0, 65536, 1, 0)
    bulk("memory_fill", 0, 0, 1, 65536)
    bulk("memory_copy", 0, 0, 65536, 0, 0)
    bulk("table_copy", 0, 0, 8, 8, 0)
    assert bulk.memory.read(0, 1 << 16) == b"\1" * 65536


def test_dropped_segments_are_empty(bulk: Bulk) -> None:
    bulk("data_drop", 0)
    bulk("elem_drop", 0)
    bulk("memory_init", 0, 0, 0, 0, 0)
    bulk("table_init", 0, 0, 0, 0, 0)
    for name in ("memory_init", "table_init"):
        with pytest.raises(Trap, match="out of bounds"):
            bulk(name, 0, 0, 0, 0, 1)
