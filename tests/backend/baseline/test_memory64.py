"""64-bit memories in baseline code: bounds are exact, and nothing wraps around. Several memories."""

from __future__ import annotations

import pytest

from tests.backend.baseline.interpreted import Both

_OFFSETS = (0, 1, 65530, 0x7FFF_FFFC, 0x8000_0000, 0xFFFF_FFFF, 1 << 40, 1 << 63, 2**64 - 8, 2**64 - 4, 2**64 - 1)
_INDICES = (0, 8, 65528, 65529, 65532, 65533, 65535, 65536, -1, -2, -8, -65536, 1 << 62, -(1 << 63))
_LOADS = ("i32.load", "i64.load", "f32.load", "f64.load", "i32.load8_s", "i64.load16_u", "i64.load32_s")
_STORES = ("i32.store", "i64.store", "f32.store", "f64.store", "i32.store8", "i64.store16")


@pytest.mark.parametrize("memory", ["$first", "$last"])
def test_bounds(memory: str) -> None:
    functions: list[str] = []
    names: list[tuple[str, int]] = []
    for offset in _OFFSETS:
        for name in _LOADS:
            kind = name[:3]
            where = f'(export "{len(functions)}") (param i64) (result {kind})'
            names.append((str(len(functions)), 1))
            functions.append(f"(func {where} ({name} {memory} offset={offset} (local.get 0)))")
        for name in _STORES:
            kind = name[:3]
            names.append((str(len(functions)), 2))
            where = f'(export "{len(functions)}") (param i64 {kind})'
            functions.append(f"(func {where} ({name} {memory} offset={offset} (local.get 0) (local.get 1)))")
            names.append((str(len(functions)), 1))
            where = f'(export "{len(functions)}") (param i64)'
            functions.append(f"(func {where} ({name} {memory} offset={offset} (local.get 0) ({kind}.const 5)))")
        for index in (0, 65532, 65533, -1, -4):
            names.append((str(len(functions)), 0))
            where = f'(export "{len(functions)}") (result i32)'
            functions.append(f"(func {where} (i32.load {memory} offset={offset} (i64.const {index})))")
    both = Both(f"""(module (memory $first i64 1) (memory $middle 1) (memory $last i64 1 2) {" ".join(functions)}
      (func (export "sizes") (result i64 i32 i64) (memory.size $first) (memory.size $middle) (memory.size $last))
      (func (export "sum") (param i64) (result i64) (local $s i64)
        (loop (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31)) (i64.load8_u {memory} (local.get 0))))
          (br_if 0 (i64.lt_u (local.tee 0 (i64.add (local.get 0) (i64.const 1))) (i64.const 100)))) (local.get $s)))""")
    trapped = 0
    for name, count in names:
        for index in _INDICES if count else (0,):
            trapped += isinstance(both.call(name, *(index & 2**64 - 1, 7)[:count]), str)
    assert trapped > len(names)
    both.call("sum", 0)
    assert both.call("sizes") == [1, 1, 1]


def test_several_memories() -> None:
    both = Both("""(module (memory $a 1) (memory $b 1) (memory $c 2) (data (memory $c) (i32.const 8) "abcd")
      (func (export "copy") (param i32 i32) (result i32)
        (i32.store $b offset=4 (local.get 0) (i32.load $c (local.get 1)))
        (i64.store32 $a (local.get 0) (i64.load $b (local.get 0)))
        (i32.add (i32.load $a (local.get 0)) (i32.load16_u $b offset=4 (local.get 0))))
      (func (export "far") (param i32) (result i32) (i32.load8_u $c offset=0xfffffff8 (local.get 0)))
      (func (export "constant") (result i32) (i32.load8_u $c offset=0xfffffff8 (i32.const 0xf0000000))))""")
    for arguments in ((0, 8), (65528, 8), (65529, 8), (0, 131068), (0, 131069), (0xFFFFFFFF, 0)):
        both.call("copy", *arguments)
    both.call("far", 0)
    both.call("far", 0xFFFFFFFF)
    both.call("constant")
