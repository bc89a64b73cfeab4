"""Structs, arrays, recursion groups: what is the same type, what may stand for what, what is refused."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable

import pytest

from seaofnodes.errors import DecodeError, UnsupportedFeatureError, ValidationError
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.features import GC, LIMITS, SUPPORTED
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.subtyping import heap_matches, is_subtype
from seaofnodes.wasm.types import (
    ANY,
    ARRAY,
    EQ,
    FUNC,
    I8,
    I31,
    I32,
    I64,
    NOFUNC,
    NONE,
    STRUCT,
    ArrayType,
    FieldType,
    FuncType,
    StructType,
    reference,
)
from tests.wasm.mutations import unsigned
from tests.wasm.test_validation import HEADER, section

Wat = Callable[[str], bytes]

LIST = "(rec (type $node (sub (struct (field i32) (field (ref null $nodes))))) (type $nodes (array (mut (ref $node)))))"


def decode(wat: Wat, text: str) -> Module:
    return decode_module(wat(f"(module {text})"))


def test_what_types_are_made_of(wat: Wat) -> None:
    byte, numbers, pair = decode(
        wat,
        "(type (array (mut i8))) (type (array i64)) (type (struct (field i8) (field (mut (ref null 1)))))",
    ).types
    assert byte == ArrayType(FieldType(I8, True)) and byte != ArrayType(FieldType(I8, False))
    assert numbers == ArrayType(FieldType(I64, False)) != StructType((FieldType(I64, False),))
    assert isinstance(pair, StructType)
    assert pair.fields == (FieldType(I8, False), FieldType(reference(numbers, True), True))
    assert [(field.unpacked, field.is_packed) for field in pair.fields] == [(I32, True), (pair.fields[1].type, False)]
    assert (str(pair), str(byte)) == ("struct {i8, (mut (ref null 1))}", "array [(mut i8)]")
    assert StructType(()) != FuncType((), ()) != StructType(())


def test_equal_groups_are_equal_types_in_all_modules(wat: Wat) -> None:
    first = decode(wat, LIST)
    second = decode(wat, "(type (func)) " + LIST + LIST.replace("$node", "$other"))
    assert second.types[1:3] == first.types
    assert all(a is b for a, b in zip(second.types[1:3], second.types[3:5], strict=True))  # once in each module
    node, nodes = LIST[5:-1].split(" (type $nodes")
    for changed in (
        f"(rec (type $nodes{nodes} {node})",
        LIST.replace("i32", "i64"),
        LIST.replace("(sub (struct", "(sub final (struct"),
        LIST.replace("(mut (ref $node))", "(ref $node)"),
        LIST.replace("(field (ref null $nodes))", "(field (ref $nodes))"),
        LIST.replace("(rec", "(rec (type (struct))"),
    ):
        assert not set(decode(wat, changed).types) & set(first.types)


def test_supertypes_are_a_display(wat: Wat) -> None:
    module = decode(
        wat,
        """(type $a (sub (struct))) (type $b (sub $a (struct (field i32))))
        (type $c (sub final $b (struct (field i32 i64)))) (type $d (sub $a (struct (field i64))))
        (type $e (sub $a (struct (field f32))))""",
    )
    a, b, c, d, e = module.types
    assert [found.supertypes for found in module.types] == [(), (a,), (a, b), (a,), (a,)]
    assert d.supertypes is e.supertypes
    assert (b.supertype, a.supertype, c.final, b.final) == (a, None, True, False)
    below = {(x, y) for x in module.types for y in module.types if is_subtype(x, y)}
    assert below == {(x, x) for x in module.types} | {(b, a), (c, a), (c, b), (d, a), (e, a)}


def test_abstract_heap_types_stand_above_and_below(wat: Wat) -> None:
    struct, array, function = decode(wat, "(type (struct)) (type (array i8)) (type (func))").types
    for kind, own, other in ((struct, STRUCT, ARRAY), (array, ARRAY, STRUCT)):
        assert all(heap_matches(kind, above) for above in (own, EQ, ANY))
        assert not any(heap_matches(kind, no) for no in (other, I31, FUNC, NONE, function))
        assert heap_matches(NONE, kind) and not heap_matches(NOFUNC, kind) and not heap_matches(own, kind)
    assert heap_matches(function, FUNC) and heap_matches(NOFUNC, function)
    assert not heap_matches(function, ANY) and not heap_matches(NONE, function)


def test_references_to_a_type_are_made_once(wat: Wat) -> None:
    module = decode(wat, "(type $s (struct (field (ref null $s)))) (func (param (ref null $s)) (local (ref null $s)))")
    kind = module.types[0]
    assert isinstance(kind, StructType)
    (field,) = kind.fields
    assert module.functions[0].params[0] is field.type is module.code[0].runs[0][1]
    assert field.type == reference(kind, True)


def test_defined_types_survive_pickling(wat: Wat) -> None:
    types = decode(wat, LIST + "(type (sub $node (struct (field i32) (field (ref null $nodes)) (field i8))))").types
    again = pickle.loads(pickle.dumps(types))
    assert again == types and again[2].supertypes == (again[0],)
    assert pickle.loads(pickle.dumps(I8)) is I8


def test_modules_without_objects_say_so(wat: Wat) -> None:
    assert decode(wat, "(func (param anyref i31ref) (drop (ref.null any)))").first_object is None
    for text, start in (
        ("(type (func)) (type (struct))", b"\x5f"),
        ("(func (drop (ref.i31 (i32.const 0))))", b"\xfb\x1c"),
        ("(func (drop (ref.eq (ref.null eq) (ref.null i31))))", b"\xd3"),
        ("(global anyref (ref.i31 (i32.const 1)))", b"\xfb\x1c"),
    ):
        data = wat(f"(module {text})")
        assert decode_module(data).first_object == data.index(start, 10)
        with pytest.raises(UnsupportedFeatureError, match="needs the feature gc") as caught:
            decode_module(data, SUPPORTED - {GC})
        assert (caught.value.feature, caught.value.offset) == (GC, data.index(start, 10))


def types(*entries: bytes) -> bytes:
    return HEADER + section(1, unsigned(len(entries)) + b"".join(entries))


@pytest.mark.parametrize(
    ("entries", "message", "offset"),
    [
        ([b"\x5f\x01\x7f\x02"], "malformed mutability", 14),
        ([b"\x5e\x7f"], "unexpected end", 13),
        ([b"\x5e\x79\x00"], "malformed value type 0x79", 12),
        ([b"\x5f\x01\x77"], "unexpected end", 14),
        ([b"\x5d\x00"], "malformed type form 0x5d", 11),
        ([b"\x50\x01\x00\x5f\x00"], "unknown type 0: a supertype must come before", 11),
        ([b"\x4e\x02\x50\x00\x5f\x00\x50\x01\x02\x5f\x00"], "unknown type 2: a supertype must come before", 17),
        ([b"\x5f\x01\x63\x01\x00"], "unknown type 1", 14),
        ([b"\x5f\x00", b"\x50\x01\x00\x5f\x00"], "is final", 13),
        ([b"\x50\x00\x5f\x01\x7f\x00", b"\x50\x01\x00\x5f\x00"], "does not match its supertype struct", 17),
        ([b"\x50\x00\x5f\x01\x7f\x00", b"\x50\x01\x00\x5f\x01\x7f\x01"], "does not match its supertype", 17),
        ([b"\x50\x00\x5e\x78\x00", b"\x50\x01\x00\x5e\x77\x00"], "does not match its supertype", 16),
        ([b"\x50\x00\x5e\x78\x00", b"\x50\x01\x00\x5f\x01\x78\x00"], "does not match its supertype", 16),
        ([b"\x50\x00\x60\x00\x00", b"\x50\x01\x00\x5f\x00"], "does not match its supertype", 16),
        ([b"\x50\x00\x5e\x6d\x01", b"\x50\x01\x00\x5e\x6b\x01"], "does not match its supertype", 16),  # (mut eqref)
    ],
)  # fmt: skip
def test_types_that_are_refused(entries: list[bytes], message: str, offset: int) -> None:
    with pytest.raises((DecodeError, ValidationError), match=message) as caught:
        decode_module(types(*entries))
    error = caught.value
    assert isinstance(error, DecodeError | ValidationError) and error.offset == offset


def chain(length: int) -> list[bytes]:
    """Types each of which is declared a subtype of the one before."""
    return [b"\x50\x00\x5f\x00", *(b"\x50\x01" + unsigned(index) + b"\x5f\x00" for index in range(length - 1))]


def test_limits_of_types() -> None:
    deepest = decode_module(types(*chain(64)))
    assert len(deepest.types[-1].supertypes) == 63
    assert len(repr(deepest.types[-1])) < 100 and len(pickle.dumps(deepest.types)) < 20_000
    widest = decode_module(types(b"\x5f" + unsigned(10_000) + b"\x78\x01" * 10_000))
    assert isinstance(widest.types[0], StructType) and len(widest.types[0].fields) == 10_000
    assert str(widest.types[0]).endswith("(mut i8), ...}")
    for data, what in (
        (types(*chain(65)), "64 supertypes of a type"),
        (types(b"\x5f" + unsigned(10_001) + b"\x78\x01" * 10_001), "fields of a struct"),
    ):
        with pytest.raises(UnsupportedFeatureError, match=what) as caught:
            decode_module(data)
        assert caught.value.feature == LIMITS


@pytest.mark.parametrize("instruction", [b"\xfb\x00\x00\x1a", b"\xfb\x01\x00\x1a"])
def test_making_large_structs_takes_linear_time(instruction: bytes) -> None:
    """Three bytes make an object of 10,000 fields, out of nothing where the code cannot be reached."""
    struct = b"\x5f" + unsigned(10_000) + b"\x78\x01" * 10_000
    body = b"\x00\x00" + instruction * 100_000 + b"\x0b"
    code = section(10, b"\x01" + unsigned(len(body)) + body)
    start = time.process_time()
    decode_module(types(struct, b"\x60\x00\x00") + section(3, b"\x01\x01") + code)
    assert time.process_time() - start < 20


def test_functions_need_function_types() -> None:
    for rest in (section(3, b"\x01\x00"), section(2, b"\x01\x00\x00\x00\x00"), section(13, b"\x01\x00\x00")):
        with pytest.raises(ValidationError, match="type 0 is not of functions, but struct"):
            decode_module(types(b"\x5f\x00") + rest)
    head = types(b"\x5f\x00", b"\x60\x00\x00") + section(3, b"\x01\x01") + section(4, b"\x01\x70\x00\x01")
    for code in (b"\x14\x00", b"\x15\x00", b"\x02\x00\x0b", b"\x41\x00\x11\x00\x00", b"\x41\x00\x13\x00\x00"):
        body = b"\x00\x00" + code + b"\x0b"  # behind an unreachable
        data = head + section(10, b"\x01" + unsigned(len(body)) + body)
        with pytest.raises(ValidationError, match="type 0 is not of functions, but struct") as caught:
            decode_module(data)
        assert data[caught.value.offset] in (0x11, 0x13, code[0])
