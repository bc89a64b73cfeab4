"""Decoding: what a module holds, bodies, names, constants, files."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from seaofnodes.errors import DecodeError
from seaofnodes.wasm import Module, TextError, decode_module, load, opcodes as o
from seaofnodes.wasm.constexpr import evaluate
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.module import FUNCTION, GLOBAL, MEMORY, PASSIVE, TABLE
from seaofnodes.wasm.types import F32, F64, I32, I64, FuncType, Limits

Wat = Callable[[str], bytes]

WHOLE = """(module $whole
  (import "env" "log" (func $log (param i32)))
  (import "env" "memory" (memory 1 2))
  (import "env" "base" (global $base i32))
  (table 3 7 funcref)
  (global $sum i32 (i32.add (global.get $base) (i32.const -1)))
  (global $pi (mut f64) (f64.const 3.5))
  (func $add (export "add") (export "plus") (param $x i32) (param i32) (result i32) (local $t f32) (local i64 i64)
    (i32.add (local.get $x) (local.get 1)))
  (func (export "caller") (call $log (i32.const 1)) (call_indirect (type 0) (i32.const 1) (i32.const 0)))
  (func (unreachable) (call 0))
  (start 3)
  (elem (i32.const 1) $add $log)
  (data (i32.const 8) "abc"))"""


@pytest.fixture
def whole(wat: Wat) -> Module:
    return decode_module(wat(WHOLE))


def test_index_spaces_start_with_imports(whole: Module) -> None:
    assert whole.types == [FuncType((I32,), ()), FuncType((I32, I32), (I32,)), FuncType((), ())]
    assert whole.functions == [whole.types[0], whole.types[1], whole.types[2], whole.types[2]]
    assert [(found.module, found.name, found.kind) for found in whole.imports] == [
        ("env", "log", FUNCTION),
        ("env", "memory", MEMORY),
        ("env", "base", GLOBAL),
    ]
    counts = (whole.imported_functions, whole.imported_memories, whole.imported_globals, whole.imported_tables)
    assert counts == (1, 1, 1, 0)
    assert [found.limits for found in whole.memories] == [Limits(1, 2)]
    assert [found.limits for found in whole.tables] == [Limits(3, 7)]
    assert [(found.type.type, found.type.mutable) for found in whole.globals] == [
        (I32, False),
        (I32, False),
        (F64, True),
    ]
    assert whole.start == 3
    assert whole.call_sites == [0, 2, 1]  # unreachable calls count too


def test_segments_and_constants(whole: Module) -> None:
    (element,) = whole.elements
    (data,) = whole.data_segments
    assert element.functions == (1, 0)
    assert data.data == b"abc"
    assert element.offset is not None and evaluate(element.offset, lambda index: 0) == 1
    first, second = whole.globals[1].init, whole.globals[2].init
    assert first is not None and second is not None
    assert evaluate(first, lambda index: [5][index]) == 4
    assert evaluate(first, lambda index: [0][index]) == 0xFFFFFFFF
    assert struct.pack("<Q", evaluate(second, lambda index: 0)) == struct.pack("<d", 3.5)


def test_names(whole: Module, wat: Wat) -> None:
    assert whole.names.module == "whole"
    assert [whole.function_name(index) for index in range(4)] == ["log", "add", "func[2]", "func[3]"] or (
        whole.function_name(2) == "caller"
    )
    assert whole.local_name(1, 0) == "x"
    assert whole.local_name(1, 1) == "local[1]"
    unnamed = decode_module(
        wat('(module (import "env" "log" (func)) (func (export "a") (export "b")) (func) (export "c" (func 0)))')
    )
    assert [unnamed.function_name(index) for index in range(3)] == ["c", "a", "func[2]"]
    imported = decode_module(wat('(module (import "env" "log" (func)))'))
    assert imported.function_name(0) == "env.log"


@pytest.mark.parametrize(
    "contents",
    [b"\xff", b"\x01\x05\x01\x00\x10abc", b"\x01\x03\x01\x00\xff", b"\x00\x02\x01\xff", b"\x02\xff\xff\xff\xff\x0f"],
)
def test_a_malformed_name_section_does_no_harm(wat: Wat, contents: bytes) -> None:
    good = b"\x01\x04\x01\x00\x01f"
    section = b"\x04name" + good + contents
    module = decode_module(wat("(module (func))") + bytes([0, len(section)]) + section)
    assert module.function_name(0) == "f"


def test_body_lists_are_parallel(whole: Module) -> None:
    body = whole.body(1)
    assert body.opcodes == [o.LOCAL_GET, o.LOCAL_GET, o.I32_ADD, o.END]
    assert body.immediates == [0, 1, None, None]
    assert body.locals == (I32, I32, F32, I64, I64)
    assert [whole.data[offset] for offset in body.offsets] == body.opcodes
    with pytest.raises(IndexError):
        whole.body(0)


BODY = """(module (memory 1) (table 1 funcref) (type $t (func (param i64) (result i64)))
  (func (param i32) (result i64)
    (block (block (result f32) (f32.const -0.5)) (drop)
      (loop $again (br_if $again (local.get 0)) (br_table $again 1 $again (i32.const -3))))
    (drop (f64.load offset=300 align=4 (i32.const 1000000)))
    (drop (i32.trunc_sat_f64_u (f64.const 1)))
    (drop (memory.grow (memory.size)))
    (i64.const -2) (if (param i64) (result i64) (local.get 0) (then) (else (drop) (i64.const 0x7000000000000000)))
    (call_indirect (type $t) (i32.const 0))))"""


def test_immediates(wat: Wat) -> None:
    module = decode_module(wat(BODY))
    body = module.body(0)
    found = {
        opcode: immediate
        for opcode, immediate in zip(body.opcodes, body.immediates, strict=True)
        if opcode not in (o.END, o.BLOCK, o.I32_CONST, o.I64_CONST)
    }
    assert found == {
        o.F32_CONST: 0xBF000000, o.DROP: None, o.LOOP: FuncType((), ()), o.LOCAL_GET: 0, o.BR_IF: 0,
        o.BR_TABLE: (0, 1, 0), o.F64_LOAD: (2, 300, 0), o.F64_CONST: 0x3FF0000000000000, o.I32_TRUNC_SAT_F64_U: None,
        o.MEMORY_SIZE: 0, o.MEMORY_GROW: 0, o.IF: FuncType((I64,), (I64,)), o.ELSE: None,
        o.CALL_INDIRECT: (module.types.index(FuncType((I64,), (I64,))), 0),
    }  # fmt: skip
    constants = [i for op, i in zip(body.opcodes, body.immediates, strict=True) if op in (o.I32_CONST, o.I64_CONST)]
    assert constants == [0xFFFFFFFD, 1000000, 0xFFFFFFFFFFFFFFFE, 0x7000000000000000, 0]


def test_matches_lead_from_blocks_to_their_ends(wat: Wat) -> None:
    body = decode_module(wat(BODY)).body(0)
    blocks = [index for index, opcode in enumerate(body.opcodes) if opcode in (o.BLOCK, o.LOOP, o.IF)]
    assert {key for key in body.matches if key >= 0} == set(blocks)
    assert all(body.opcodes[body.matches[index]] == o.END for index in blocks)
    (conditional,) = (index for index in blocks if body.opcodes[index] == o.IF)
    assert body.opcodes[body.matches[~conditional]] == o.ELSE
    assert [key for key in body.matches if key < 0] == [~conditional]
    assert body.matches[blocks[0]] > body.matches[blocks[1]] > blocks[1]


def test_bulk_memory(wat: Wat) -> None:
    data = wat("""(module (memory 1) (data $d "xyz") (table 1 funcref) (elem $e func 0)
      (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0)) (data.drop $d)
        (memory.copy (i32.const 0) (i32.const 0) (i32.const 0)) (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))
        (table.init $e (i32.const 0) (i32.const 0) (i32.const 0)) (elem.drop $e)))""")
    module = decode_module(data, SUPPORTED)
    body = module.body(0)
    found = {op: i for op, i in zip(body.opcodes, body.immediates, strict=True) if op >= 0xFC00}
    assert found == {
        o.MEMORY_INIT: (0, 0), o.DATA_DROP: 0, o.MEMORY_COPY: (0, 0), o.MEMORY_FILL: 0, o.TABLE_INIT: (0, 0),
        o.ELEM_DROP: 0,
    }  # fmt: skip
    assert (module.data_segments[0].mode, module.data_segments[0].offset) == (PASSIVE, None)
    assert (module.elements[0].mode, module.elements[0].functions) == (PASSIVE, (0,))


def test_opcode_table() -> None:
    assert len([code for code in o.OPCODES if code < 0x100]) == 172 + 5 + 21 + 1
    assert len([code for code in o.OPCODES if code >> 8 == 0xFB]) == 31
    assert o.OPCODES[o.REF_TEST_NULL].name == "ref.test" and o.OPCODES[o.I31_GET_S].name == "i31.get_s"
    assert o.OPCODES[o.I64_LOAD32_U].name == "i64.load32_u"
    assert o.OPCODES[o.I64_LOAD32_U].width == 4
    assert o.OPCODES[o.F64_PROMOTE_F32].params == (F32,)
    assert o.OPCODES[o.F32_COPYSIGN].results == (F32,)
    assert o.OPCODES[o.I64_LE_U].results == (I32,)


def test_files(tmp_path: Path, wat: Wat) -> None:
    text = '(module (func (export "f")))'
    (tmp_path / "a.wat").write_text(text)
    (tmp_path / "a.wasm").write_bytes(wat(text))
    for source in (tmp_path / "a.wat", str(tmp_path / "a.wasm"), text.encode(), wat(text)):
        assert load(source).exports[0].name == "f"
    assert load(tmp_path / "a.wasm").exports[0].kind == FUNCTION != TABLE
    with pytest.raises(TextError, match="empty identifier"):
        load(b"(module (func $))) bad")
    with pytest.raises(DecodeError, match="neither"):
        load(b"\x7fELF\xff\xfe")
    with pytest.raises(DecodeError, match="unexpected end"):
        load(b"")
    with pytest.raises(DecodeError, match="a component"):
        load(b"\0asm\x0d\0\1\0")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "missing.wasm")


def test_types_survive_pickling() -> None:
    assert pickle.loads(pickle.dumps(FuncType((I32,), (F64,)))) == FuncType((I32,), (F64,))
    assert pickle.loads(pickle.dumps(I64)) is I64
