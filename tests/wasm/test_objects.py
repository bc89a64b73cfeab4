"""Objects: validation of the instructions on them, and what the reference interpreter makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from seaofnodes.errors import DecodeError, LinkError, Trap, UnsupportedFeatureError, ValidationError
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.features import LIMITS
from seaofnodes.wasm.interpreter.interpreter import InterpretedInstance, Limits
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.interpreter.values import I31, Array, Struct
from tests.support import wat
from tests.wasm.mutations import unsigned
from tests.wasm.test_validation import HEADER, section

TYPES = """
  (type $pair (sub (struct (field $a (mut i32)) (field $b (mut f64)))))
  (type $triple (sub $pair (struct (field (mut i32)) (field (mut f64)) (field $c i64))))
  (type $small (struct (field $byte (mut i8)) (field $short (mut i16))))
  (type $bytes (array (mut i8))) (type $shorts (array (mut i16))) (type $longs (array (mut i64)))
  (type $anys (array (mut anyref))) (type $fixed (array i32)) (type $nonnull (struct (field (ref any))))"""


def make(text: str, imports: Any = None, limits: Limits | None = None) -> InterpretedInstance:
    return instantiate(decode_module(wat(f"(module {TYPES} {text})")), imports, limits=limits)


def value(kind: str, code: str) -> Any:
    """What an expression gives, as a Python value."""
    return make(f'(func (export "f") (result {kind}) {code})').exports["f"]()


@pytest.mark.parametrize(
    ("code", "message", "opcode"),
    [
        ("(struct.new $pair (i32.const 1) (i32.const 2))", "expected f64, found i32", "struct.new"),
        ("(struct.new_default $nonnull)", r"no default value of type \(ref any\)", "struct.new_default"),
        ("(array.new_default $nonnulls (i32.const 1))", "no default value", "array.new_default"),
        ("(struct.new $bytes (i32.const 1))", "type 3 is not a struct", "struct.new"),
        ("(array.new_default $pair (i32.const 1))", "type 0 is not an array", "array.new_default"),
        ("(struct.get $small $byte (struct.new_default $small))", "i8.* is packed", "struct.get"),
        ("(struct.get_s $pair $a (struct.new_default $pair))", "i32.* is not packed", "struct.get_s"),
        ("(array.get $bytes (array.new_default $bytes (i32.const 1)) (i32.const 0))", "is packed", "array.get"),
        ("(array.get_u $longs (array.new_default $longs (i32.const 1)) (i32.const 0))", "not packed", "array.get_u"),
        ("(struct.get $triple $c (struct.new_default $pair))", r"expected \(ref null 1\), found", "struct.get"),
        ("(struct.set $triple $c (struct.new_default $triple) (i64.const 0))", "immutable field", "struct.set"),
        ("(array.set $fixed (ref.null $fixed) (i32.const 0) (i32.const 0))", "immutable array", "array.set"),
        ("(array.fill $fixed (ref.null none) (i32.const 0) (i32.const 0) (i32.const 0))", "immutable", "array.fill"),
        ("(unreachable) (array.copy $bytes $shorts)", "do not match: from .*i16.* to .*i8", "array.copy"),
        ("(unreachable) (array.init_data $fixed $d)", "immutable array", "array.init_data"),
        ("(unreachable) (array.init_elem $longs $e)", "a segment of .*func.*, elements of i64", "array.init_elem"),
        ("(array.new_data $anys $d (i32.const 0) (i32.const 0))", "not numeric or vector", "array.new_data"),
        ("(array.new_elem $anys $e (i32.const 0) (i32.const 0))", "a segment .*, elements of anyref", "array.new_elem"),
        ("(array.new_data $bytes 9 (i32.const 0) (i32.const 0))", "unknown data segment 9", "array.new_data"),
        ("(array.new_elem $anys 9 (i32.const 0) (i32.const 0))", "unknown elem segment 9", "array.new_elem"),
        ("(struct.get 99 0 (unreachable))", "unknown type 99", "struct.get"),
        ("(struct.get $pair 2 (unreachable))", "unknown field 2: type 0 has 2", "struct.get"),
        ("(ref.test (ref 99) (ref.null any))", "unknown type 99", "ref.test"),
        ("(ref.test (ref func) (ref.null any))", "expected funcref, found anyref", "ref.test"),
        ("(ref.cast (ref $pair) (ref.null extern))", "expected anyref, found externref", "ref.cast"),
        ("(ref.eq (ref.null any) (ref.null eq))", "expected eqref, found anyref", "ref.eq"),
        ("(i31.get_s (ref.null eq))", "expected i31ref, found eqref", "i31.get_s"),
        ("(any.convert_extern (ref.null any))", "expected externref, found anyref", "any.convert_extern"),
        ("(array.len (ref.null struct))", "expected arrayref, found structref", "array.len"),
        ("(block (result anyref) (br_on_cast 0 eqref anyref (ref.null eq)))", "no subtype", "br_on_cast"),
        ("(block (result (ref 0)) (br_on_cast 0 anyref (ref null 0) (ref.null any)))", "its label takes", "br_on_cast"),
        ("(block (br_on_cast 0 anyref (ref $pair) (ref.null any)))", "its label takes", "br_on_cast"),
        ("(block (result i31ref) (br_on_cast_fail 0 eqref i31ref (ref.null eq)))", "its label", "br_on_cast_fail"),
        ("(br_on_cast 7 anyref (ref $pair) (ref.null any))", "unknown label 7", "br_on_cast"),
    ],
)  # fmt: skip
def test_invalid_instructions(code: str, message: str, opcode: str) -> None:
    data = wat(f"""(module {TYPES} (type $nonnulls (array (ref any))) (func $f) (elem $e func $f) (data $d "abc")
      (func {code} drop))""")
    with pytest.raises(ValidationError, match=message) as caught:
        decode_module(data)
    error = caught.value
    assert (error.function, error.opcode) == (1, opcode)
    assert data[error.offset] in (0xFB, 0xD3, 0xE3) and data[error.offset + 1] < 0x20  # 0xE3 0x00: the type 99 itself


@pytest.mark.parametrize(
    ("code", "message", "at"),
    [
        (b"\xfb\x1f", "illegal opcode 0xfb1f", 0),
        (b"\xfb\x18\x04\x00\x6e\x6e", "malformed flags of a cast 0x04", 2),
        (b"\xfb\x14\x5e", "malformed heap type", 2),
        (b"\xfb\x00\x80\x80\x80\x80\x80\x00", "integer representation too long", 2),
        (b"\xfb\x02\x00", "unexpected end", 4),
    ],
)
def test_malformed_instructions(code: bytes, message: str, at: int) -> None:
    body = b"\x00\x00" + code + (b"" if at == 4 else b"\x0b")
    data = HEADER + section(1, b"\x02\x5f\x00\x60\x00\x00") + section(3, b"\x01\x01")
    data += section(10, b"\x01" + unsigned(len(body)) + body)
    with pytest.raises(DecodeError, match=message) as caught:
        decode_module(data)
    assert caught.value.offset == data.rindex(code) + at if at < 4 else caught.value.offset <= len(data)


def test_unreachable_code_takes_anything() -> None:
    make("""(func unreachable (drop (array.get $longs)) unreachable (drop (ref.test (ref $pair)))
      (drop (any.convert_extern (unreachable))) (drop (array.new_fixed $longs 3)) (array.copy $bytes $bytes)
      (drop (block (result (ref i31)) unreachable (br_on_cast 0 anyref (ref i31)) unreachable)))""")


@pytest.mark.parametrize("type", ["anyref", "(ref any)"])
def test_conversions_keep_nullability(type: str) -> None:
    text = f"(func (param externref (ref extern)) (result {type}) (any.convert_extern (local.get {int('(' in type)})))"
    make(text)
    if "(" in type:
        with pytest.raises(ValidationError, match=r"expected \(ref any\), found anyref"):
            make(text.replace("local.get 1", "local.get 0"))


def test_fixed_arrays_have_a_limit() -> None:
    make("(func (drop (array.new_fixed $fixed 10000" + " (i32.const 0)" * 10_000 + ")))")
    with pytest.raises(UnsupportedFeatureError, match=r"10,001 operands of array.new_fixed") as caught:
        make("(func (drop (array.new_fixed $fixed 10001" + " (i32.const 0)" * 10_001 + ")))")
    assert caught.value.feature == LIMITS


NUMBERS = [
    ("(struct.get_s $small $byte (struct.new $small (i32.const 0x1ff) (i32.const 0)))", -1),
    ("(struct.get_u $small $byte (struct.new $small (i32.const 0x1ff) (i32.const 0)))", 255),
    ("(struct.get_s $small $short (struct.new $small (i32.const 0) (i32.const 0x18000)))", -32768),
    ("(struct.get_u $small $short (struct.new $small (i32.const 0) (i32.const 0x18000)))", 32768),
    ("(struct.get_s $small $short (struct.new_default $small))", 0),
    ("(array.get_s $bytes (array.new $bytes (i32.const -128) (i32.const 3)) (i32.const 2))", -128),
    ("(array.get_u $bytes (array.new_fixed $bytes 2 (i32.const 5) (i32.const -128)) (i32.const 1))", 128),
    ("(array.len (array.new_default $anys (i32.const 7)))", 7),
    ("(i31.get_s (ref.i31 (i32.const 0x40000000)))", -(1 << 30)),
    ("(i31.get_u (ref.i31 (i32.const 0x40000000)))", 1 << 30),
    ("(i31.get_s (ref.i31 (i32.const 0xbfffffff)))", (1 << 30) - 1),
    ("(i31.get_u (ref.i31 (i32.const -1)))", (1 << 31) - 1),
    ("(ref.eq (ref.i31 (i32.const -1)) (ref.i31 (i32.const 0x7fffffff)))", 1),
    ("(ref.eq (struct.new_default $pair) (struct.new_default $pair))", 0),
    ("(ref.eq (ref.null eq) (ref.null i31))", 1),
    ("(ref.eq (ref.null eq) (ref.i31 (i32.const 0)))", 0),
    ("(ref.test (ref $pair) (struct.new_default $triple))", 1),
    ("(ref.test (ref $triple) (struct.new_default $pair))", 0),
    ("(ref.test (ref null $triple) (ref.null none))", 1),
    ("(ref.test (ref $triple) (ref.null none))", 0),
    ("(ref.test (ref struct) (array.new_default $bytes (i32.const 0)))", 0),
    ("(ref.test (ref array) (array.new_default $bytes (i32.const 0)))", 1),
    ("(ref.test (ref eq) (ref.i31 (i32.const 0)))", 1),
    ("(ref.test (ref none) (ref.i31 (i32.const 0)))", 0),
    ("(ref.test nullref (ref.null any))", 1),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), NUMBERS)
def test_numbers(code: str, expected: int) -> None:
    assert value("i32", code) == expected


ZERO = "(i32.const 0)"
TRAPS = [
    ("(drop (struct.get $pair $a (ref.null $pair)))", "null structure reference"),
    ("(struct.set $pair $a (ref.null $pair) (i32.const 0))", "null structure reference"),
    ("(drop (array.len (ref.null array)))", "null array reference"),
    ("(drop (array.get $longs (ref.null $longs) (i32.const 0)))", "null array reference"),
    ("(drop (array.get $longs (call $two) (i32.const 2)))", "out of bounds array access"),
    ("(array.set $longs (call $two) (i32.const -1) (i64.const 0))", "out of bounds array access"),
    ("(array.fill $longs (call $two) (i32.const 1) (i64.const 0) (i32.const 2))", "out of bounds array access"),
    ("(array.fill $longs (call $two) (i32.const 3) (i64.const 0) (i32.const 0))", "out of bounds array access"),
    (f"(array.copy $longs $longs (call $two) {ZERO} (ref.null none) {ZERO} {ZERO})", "null array reference"),
    (f"(array.copy $longs $longs (call $two) (i32.const 1) (call $two) {ZERO} (i32.const 2))", "out of bounds arr"),
    (f"(array.copy $longs $longs (call $two) {ZERO} (call $two) (i32.const 1) (i32.const 2))", "out of bounds arr"),
    ("(drop (array.new_data $shorts $d (i32.const 2) (i32.const 2)))", "out of bounds memory access"),
    ("(drop (array.new_elem $funcs $e (i32.const 1) (i32.const 1)))", "out of bounds table access"),
    (f"(array.init_data $longs $d (call $two) {ZERO} {ZERO} (i32.const 1))", "out of bounds memory access"),
    (f"(array.init_data $longs $d (call $two) (i32.const 3) {ZERO} {ZERO})", "out of bounds array access"),
    (f"(array.init_elem $funcs $e (array.new_fixed $funcs 0) {ZERO} (i32.const 2) {ZERO})", "out of bounds table"),
    ("(drop (ref.cast (ref $triple) (struct.new_default $pair)))", "cast failure"),
    ("(drop (ref.cast (ref any) (ref.null any)))", "cast failure"),
    ("(drop (i31.get_u (ref.null i31)))", "null i31 reference"),
    ("(drop (array.new_default $bytes (i32.const -1)))", "array too large"),
]  # fmt: skip
TRAP_PARTS = """(type $funcs (array (mut funcref))) (elem $e func $g) (data $d "abcde") (func $g)
  (func $two (result (ref $longs)) (array.new_default $longs (i32.const 2)))"""


@pytest.mark.parametrize(("code", "reason"), TRAPS)
def test_traps(code: str, reason: str) -> None:
    instance = make(f'{TRAP_PARTS} (func (export "f") {code})')
    with pytest.raises(Trap) as caught:
        instance.exports["f"]()
    assert caught.value.reason.startswith(reason)
    assert str(caught.value.frames[0]).startswith("f (function 2, offset 0x")


def test_many_elements() -> None:
    instance = make("""(type $funcs (array (mut funcref))) (func $g)
      (elem $e func $g $g) (data $d "\\01\\02\\03\\ff\\05")
      (func (export "f") (result (ref $shorts)) (local $a (ref $shorts))
        (local.set $a (array.new_data $shorts $d (i32.const 1) (i32.const 2)))
        (array.init_data $shorts $d (local.get $a) (i32.const 0) (i32.const 3) (i32.const 1)) (local.get $a))
      (func (export "g") (result (ref $longs)) (local $a (ref $longs))
        (local.set $a (array.new_fixed $longs 5 (i64.const 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)))
        (array.copy $longs $longs (local.get $a) (i32.const 1) (local.get $a) (i32.const 0) (i32.const 4))
        (array.fill $longs (local.get $a) (i32.const 0) (i64.const 9) (i32.const 1)) (local.get $a))
      (func (export "h") (result (ref $funcs)) (local $a (ref $funcs))
        (local.set $a (array.new_elem $funcs $e (i32.const 0) (i32.const 2)))
        (array.set $funcs (local.get $a) (i32.const 0) (ref.null func))
        (elem.drop $e) (array.init_elem $funcs $e (local.get $a) (i32.const 0) (i32.const 0) (i32.const 0))
        (local.get $a))""")
    assert instance.exports["f"]().elements == [0x05FF, 0x05FF]
    assert instance.exports["g"]().elements == [9, 0, 1, 2, 3]
    assert instance.exports["h"]().elements == [None, instance.functions[0]]


def test_a_limit_of_elements() -> None:
    text = '(func (export "f") (param i32) (drop (array.new_default $bytes (local.get 0))))'
    instance = make(text, limits=Limits(elements=10))
    instance.exports["f"](10)
    with pytest.raises(Trap, match="array too large"):
        instance.exports["f"](11)


def test_casts_branch() -> None:
    instance = make("""(func (export "f") (param anyref) (result i32)
        (block $triple (result (ref $triple))
          (block $other (result anyref)
            (br_on_cast_fail $other anyref (ref $pair) (local.get 0))
            (br_on_cast $triple (ref $pair) (ref $triple))
            (return (struct.get $pair $a)))
          (return (ref.is_null)))
        (return (i32.wrap_i64 (struct.get $triple $c))))
      (func (export "pair") (result anyref) (struct.new $pair (i32.const 5) (f64.const 0)))
      (func (export "triple") (result anyref) (struct.new $triple (i32.const 5) (f64.const 0) (i64.const 6)))""")
    f = instance.exports["f"]
    assert [f(instance.exports["pair"]()), f(instance.exports["triple"]()), f(None), f(I31(3))] == [5, 6, 1, 0]


def test_a_cast_to_null_types_branches_with_null() -> None:
    instance = make("""(func (export "f") (param anyref) (result i32)
        (drop (block $l (result i31ref) (drop (br_on_cast $l anyref i31ref (local.get 0))) (return (i32.const 0))))
        (i32.const 1))""")
    assert [instance.exports["f"](given) for given in (None, I31(1), object())] == [1, 1, 0]


def test_conversions_keep_identity() -> None:
    instance = make("""
      (func (export "out") (param anyref) (result externref) (extern.convert_any (local.get 0)))
      (func (export "in") (param externref) (result anyref) (any.convert_extern (local.get 0)))
      (func (export "again") (param anyref) (result i32) (ref.eq (ref.cast eqref (local.get 0))
        (ref.cast eqref (any.convert_extern (extern.convert_any (local.get 0))))))
      (func (export "is") (param externref) (result i32 i32) (ref.test (ref any) (any.convert_extern (local.get 0)))
        (ref.test (ref eq) (any.convert_extern (local.get 0))))
      (func (export "make") (result anyref) (struct.new_default $pair))""")
    exports = instance.exports
    for given in (exports["make"](), object(), "text", None):
        assert exports["in"](exports["out"](given)) is given is exports["out"](exports["in"](given))
    assert exports["again"](exports["make"]()) == exports["again"](I31(7)) == exports["again"](None) == 1
    assert exports["out"](I31(7)) == I31(7)
    found = [exports["is"](given) for given in (None, object(), I31(0), exports["make"]())]
    assert found == [(0, 0), (1, 0), (1, 1), (1, 1)]


def test_hosts_give_and_take_objects() -> None:
    kept: list[Any] = []

    def same(pair: Any, small: Any) -> Any:
        kept.extend((pair, small))
        return pair

    instance = make(
        """(import "host" "same" (func $same (param (ref null $pair) i31ref) (result (ref $pair))))
        (func (export "f") (param (ref null $pair)) (result i32 i32)
          (ref.eq (call $same (local.get 0) (ref.i31 (i32.const -2))) (local.get 0))
          (struct.get $pair $a (local.get 0)))
        (func (export "new") (param i32) (result (ref $triple))
          (struct.new $triple (local.get 0) (f64.const 1.5) (i64.const 2)))
        (func (export "array") (result arrayref) (array.new_fixed $fixed 2 (i32.const 1) (i32.const -1)))""",
        {"host": {"same": same}},
    )
    made = instance.exports["new"](7)
    assert isinstance(made, Struct) and made.fields == [7, 0x3FF8 << 48, 2] and made.type == instance.module.types[1]
    assert instance.exports["f"](made) == (1, 7)
    assert kept[0] is made and kept[1] == I31(0x7FFFFFFE) and kept[1].signed == -2
    assert repr(made) == "<struct {(mut i32), (mut f64), i64}>"
    array = instance.exports["array"]()
    assert repr(array) == "<array [i32], length 2>"
    assert isinstance(array, Array) and array.elements == [1, 0xFFFFFFFF] and len(array) == 2
    for wrong in (array, I31(1), object(), instance.functions[0]):
        with pytest.raises(TypeError, match=r"\(ref null 0\) wanted"):
            instance.exports["f"](wrong)
    with pytest.raises(TypeError, match=r"\(ref 0\) wanted, not None"):
        instance.exports["f"](None)  # the host gives null where it may not


def test_constant_expressions_make_objects() -> None:
    instance = make("""
      (global $p (ref $triple) (struct.new $triple (i32.const 1) (f64.const 2) (i64.add (i64.const 1) (i64.const 2))))
      (global $q (export "q") anyref (array.new_fixed $anys 3 (global.get $p) (ref.i31 (i32.const 5)) (ref.null none)))
      (global (export "d") (ref $bytes) (array.new $bytes (i32.const 0x1ff) (i32.const 2)))
      (global (export "e") (ref struct) (struct.new_default $small))
      (global (export "x") externref (extern.convert_any (global.get $p)))
      (global (export "y") anyref (any.convert_extern (global.get 4)))
      (table (export "t") 2 i31ref (ref.i31 (i32.const 9)))
      (elem (table 0) (i32.const 1) i31ref (item (ref.i31 (i32.const 4))))""")
    found = {name: export.bits for name, export in instance.exports.items() if name != "t"}
    triple, small, null = found["q"].elements
    assert triple.fields[2] == 3 and small == I31(5) and null is None
    assert found["d"].elements == [255, 255] and found["e"].fields == [0, 0]
    assert found["x"] is found["y"] is triple
    assert instance.exports["t"].entries == [I31(9), I31(4)]


@pytest.mark.parametrize(
    ("text", "message", "opcode"),
    [
        ("(global (ref $pair) (struct.new $pair (f64.const 0) (i32.const 0)))", "expected f64, found", "struct.new"),
        ("(global i31ref (ref.i31 (i64.const 0)))", "expected i32, found i64", "ref.i31"),
        ("(global i32 (i31.get_s (ref.i31 (i32.const 0))))", "constant expression required", "i31.get_s"),
        ("(global anyref (array.new_fixed $anys 2 (ref.null any)))", "the stack is empty", "array.new_fixed"),
        ("(global (ref $nonnull) (struct.new_default $nonnull))", "no default value", "struct.new_default"),
        ("(global (ref $pair) (ref.i31 (i32.const 0)))", r"a constant of type \(ref 0\), found \[\(ref i31\)\]", None),
    ],
)  # fmt: skip
def test_invalid_constant_expressions(text: str, message: str, opcode: str | None) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        make(text)
    assert caught.value.opcode == opcode


def test_instances_share_objects_of_equal_types() -> None:
    first = make("""(func (export "new") (result (ref $pair)) (struct.new_default $triple))
      (global (export "g") (mut (ref null $pair)) (ref.null none))""")
    user = """(import "m" "new" (func $new (result (ref {0})))) (import "m" "g" (global (mut (ref null {0}))))
      (func (export "f") (result i32 i32) (ref.test (ref $triple) (call $new)) (ref.test (ref $small) (call $new)))"""
    assert make(user.format("$pair"), {"m": first.exports}).exports["f"]() == (1, 0)
    with pytest.raises(LinkError, match="must have type"):
        make(user.format("$triple"), {"m": first.exports})
