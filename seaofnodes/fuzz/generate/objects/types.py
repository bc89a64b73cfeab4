"""Random struct and array types, in recursion groups, some declared subtypes of others; constants of these types."""

from __future__ import annotations

import random
from collections.abc import Sequence

from seaofnodes.fuzz.generate.encode import sized, unsigned, vector
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.constexpr import ConstExpr
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.subtyping import has_default, heap_matches
from seaofnodes.wasm.types import ANY, I31, ArrayType, DefinedType, FieldType, RefType, StructType, ValType

_NUMBERS = b"\x7f\x7f\x7e\x7d\x7c"
_PACKED = b"\x78\x77"
_ABSTRACT = b"\x6e\x6d\x6c\x6b\x6a\x71"  # any, eq, i31, struct, array, none
_NULL, _NON_NULL, _I31 = b"\x63", b"\x64", b"\x6c"


def draw_types(rng: random.Random) -> list[DefinedType]:
    """Types as a module defines them, at least one of structs and one of arrays, the groups in order."""
    groups: list[bytes] = []
    structs: list[tuple[int, list[bytes]]] = []  # those that may have subtypes: index, fields
    count = 0
    for number in range(rng.randint(2, 4)):
        size = rng.choice((1, 1, 2, 3))
        members = []
        for index in range(count, count + size):
            is_struct = rng.random() < 0.65 if number > 1 else number == 0
            if not is_struct:
                members.append((b"\x50\x00" if rng.random() < 0.3 else b"") + b"\x5e" + _field(rng, count + size))
                continue
            fields = [_field(rng, count + size) for _ in range(rng.randint(0, 4))]
            head = b"" if rng.random() < 0.3 else b"\x50\x00"
            if structs and rng.random() < 0.6:
                above, inherited = rng.choice(structs)
                fields = inherited + fields
                head = rng.choice((b"\x50", b"\x50", b"\x4f")) + vector([unsigned(above)])
            if head.startswith(b"\x50"):
                structs.append((index, fields))
            members.append(head + b"\x5f" + vector(fields))
        groups.append(members[0] if size == 1 else b"\x4e" + vector(members))
        count += size
    return decode_module(b"\0asm\x01\0\0\0\x01" + sized(vector(groups)), SUPPORTED).types


def _field(rng: random.Random, types: int) -> bytes:
    """A field that may refer to the first so many types; it has a value that is easily made: null, or an i31."""
    way = rng.random()
    if way < 0.5:
        kind = bytes((rng.choice(_NUMBERS),))
    elif way < 0.65:
        kind = bytes((rng.choice(_PACKED),))
    elif way < 0.85:
        kind = _NULL + unsigned(rng.randrange(types))
    elif way < 0.9:
        kind = _NON_NULL + _I31
    else:
        kind = bytes((rng.choice(_ABSTRACT),))
    return kind + rng.choice((b"\0", b"\1", b"\1"))


def is_object(kind: ValType) -> bool:
    """Is it a type of references to objects?"""
    if not isinstance(kind, RefType):
        return False
    return (kind.heap.above if isinstance(kind.heap, DefinedType) else kind.heap).top is ANY


def object_constant(
    kind: RefType, objects: Sequence[DefinedType], types: list[DefinedType], rng: random.Random
) -> ConstExpr:
    """A constant expression for an object of that type, or null. types: of the module, where objects stand."""
    fitting = [one for one in objects if heap_matches(one, kind.heap) and _has_default(one)]
    if heap_matches(I31, kind.heap) and (not fitting or rng.random() < 0.4):
        return ((w.I32_CONST, rng.getrandbits(32)), (w.REF_I31, None))
    if not fitting:
        return ((w.REF_NULL, kind),)
    one = rng.choice(fitting)
    index = types.index(one)
    if isinstance(one, StructType):
        return ((w.STRUCT_NEW_DEFAULT, index),)
    if rng.random() < 0.5:
        return ((w.ARRAY_NEW_FIXED, (index, 0)),)
    return ((w.I32_CONST, rng.choice((0, 1, 4))), (w.ARRAY_NEW_DEFAULT, index))


def _has_default(kind: DefinedType) -> bool:
    return all(has_default(field.type) for field in fields_of(kind))


def fields_of(kind: DefinedType) -> tuple[FieldType, ...]:
    """Its fields, or its elements as one."""
    if isinstance(kind, StructType):
        return kind.fields
    return (kind.element,) if isinstance(kind, ArrayType) else ()
