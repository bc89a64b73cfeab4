"""Accesses on both sides of every boundary, with every way to form an address."""

from __future__ import annotations

from typing import Any

import pytest

import seaofnodes
from seaofnodes.wasm.opcodes import OPCODES, Opcode
from tests.support import wat

PAGE = 65536
ACCESSES = [opcode for opcode in OPCODES.values() if opcode.width and not opcode.name.endswith(("init", "drop"))]
OFFSETS = (0, 1, 8, PAGE - 8, PAGE - 1, PAGE, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
VALUE = {"i32": "(i32.const 0x5a5a5a5a)", "i64": "(i64.const -1)", "f32": "(f32.const 1.5)", "f64": "(f64.const 1.5)"}


def access(opcode: Opcode, offset: int, address: str, value: str) -> str:
    head = f"({opcode.name} offset={offset} {address}"
    return f"(drop {head}))" if opcode.results else f"{head} {value})"


def outcome(function: Any, *arguments: int) -> str | None:
    try:
        function(*arguments)
    except seaofnodes.Trap as trap:
        return trap.reason
    return None


@pytest.mark.parametrize("opcode", ACCESSES, ids=lambda opcode: opcode.name)
def test_bounds(opcode: Opcode) -> None:
    kind = opcode.name[:3]
    fill = "(local.set $a (i32.const 1))" * 3
    functions: list[str] = []
    for number, offset in enumerate(OFFSETS):
        indexed = access(opcode, offset, "(local.get 0)", VALUE[kind])
        functions.append(f'(func (export "p{number}") (param i32) {indexed})')
        functions.append(
            f'(func (export "v{number}") (param i32) (local $v {kind}) (local.set $v {VALUE[kind]})'
            f" {access(opcode, offset, '(local.get 0)', '(local.get $v)')})"
        )
        functions.append(f'(func (export "s{number}") (param i32) (call $clobber) {indexed})')
        index = max(PAGE - offset - opcode.width, 0)
        for name, constant in (("c", index), ("d", index + 1), ("e", 0xFFFF_FFFF)):
            body = access(opcode, offset, f"(i32.const {constant})", VALUE[kind])
            functions.append(f'(func (export "{name}{number}") {body})')
    text = f'(module (memory (export "m") 1) (func $clobber (local $a i32) {fill}) {" ".join(functions)})'
    exports = seaofnodes.Engine(tier="baseline").instantiate(wat(text)).exports
    for number, offset in enumerate(OFFSETS):
        last = PAGE - offset - opcode.width
        for name in "pvs":
            function = exports[f"{name}{number}"]
            for index in (0, 1, last, last + 1, last + 2, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF):
                if 0 <= index <= 0xFFFF_FFFF:
                    traps = index + offset + opcode.width > PAGE
                    assert outcome(function, index) == ("out of bounds memory access" if traps else None), (name, index)
        index = max(last, 0)
        for name, constant in (("c", index), ("d", index + 1), ("e", 0xFFFF_FFFF)):
            traps = constant + offset + opcode.width > PAGE
            assert outcome(exports[f"{name}{number}"]) == ("out of bounds memory access" if traps else None)


@pytest.mark.parametrize("opcode", [o for o in ACCESSES if not o.results], ids=lambda opcode: opcode.name)
def test_a_store_that_traps_stores_nothing(opcode: Opcode) -> None:
    body = access(opcode, 0, "(local.get 0)", VALUE[opcode.name[:3]])
    text = f'(module (memory (export "m") 1) (func (export "f") (param i32) {body}))'
    exports = seaofnodes.Engine(tier="baseline").instantiate(wat(text)).exports
    exports["m"].write(PAGE - 8, b"\x11" * 8)
    for index in range(PAGE - opcode.width + 1, PAGE):
        assert outcome(exports["f"], index) == "out of bounds memory access"
    assert exports["m"].read(PAGE - 8, 8) == b"\x11" * 8


def test_growing_keeps_the_start() -> None:
    text = """(module (memory (export "m") 1 4)
      (func (export "f") (param i32) (result i32) (local i32 i32)
        (local.set 1 (i32.const 5))
        (loop $again
          (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (local.get 1)))
          (local.set 2 (i32.add (local.get 2) (memory.grow (i32.const 1))))
          (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (i32.add (i32.mul (local.get 2) (i32.const 1000))
          (i32.add (i32.mul (memory.size) (i32.const 100)) (i32.load (i32.const 8))))))"""
    exports = seaofnodes.Engine(tier="baseline").instantiate(wat(text)).exports
    assert exports["f"](5) == (1 + 2 + 3 - 1 - 1) * 1000 + 4 * 100 + 25


def test_imported_globals() -> None:
    """A mutable imported global is where its owner keeps it; an immutable one is a copy."""
    text = """(module
      (import "e" "i" (global $i (mut i32))) (import "e" "j" (global $j (mut i64)))
      (import "e" "f" (global $f (mut f32))) (import "e" "d" (global $d (mut f64))) (import "e" "k" (global $k i64))
      (global $own i64 (global.get $k))
      (func (export "step") (param i32 i64 f32 f64) (result i32 i64 f32 f64 i64)
        (global.get $i) (global.get $j) (global.get $f) (global.get $d) (global.get $own)
        (global.set $i (local.get 0)) (global.set $j (local.get 1))
        (global.set $f (local.get 2)) (global.set $d (local.get 3)))
      (func (export "constants")
        (global.set $i (i32.const -1)) (global.set $j (i64.const 0x1234567890))
        (global.set $f (f32.const 2.5)) (global.set $d (f64.const -0.5))))"""
    from seaofnodes import F32, F64, I32, I64, Global

    shared = {
        "i": Global(I32, 1, mutable=True),
        "j": Global(I64, 2, mutable=True),
        "f": Global(F32, 3.0, mutable=True),
        "d": Global(F64, 4.0, mutable=True),
        "k": Global(I64, 99),
    }
    exports = seaofnodes.Engine(tier="baseline").instantiate(wat(text), imports={"e": shared}).exports
    assert exports["step"](10, -20, 30.5, 40.25) == (1, 2, 3.0, 4.0, 99)
    assert [shared[name].value for name in "ijfd"] == [10, -20, 30.5, 40.25]
    exports["constants"]()
    assert [shared[name].value for name in "ijfd"] == [-1, 0x1234567890, 2.5, -0.5]
    assert exports["step"](0, 0, 0.0, 0.0) == (-1, 0x1234567890, 2.5, -0.5, 99)
