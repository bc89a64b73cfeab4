"""Where objects have their fields."""

import pytest

from seaofnodes.wasm.object_layout import array_bytes, element_size, reference_offsets, struct_layout
from seaofnodes.wasm.types import (
    EXTERNREF,
    F32,
    F64,
    FUNCREF,
    I8,
    I16,
    I32,
    I64,
    ArrayType,
    FieldType,
    StructType,
    ValType,
)


def struct(*types: ValType) -> StructType:
    return StructType(fields=tuple([FieldType(kind, True) for kind in types]))


@pytest.mark.parametrize(
    ("kind", "offsets", "size"),
    [
        (struct(), (), 8),
        (struct(I8), (8,), 16),
        (struct(I32, I32), (8, 12), 16),
        (struct(I8, I16, I8, I32, I8, I64), (8, 10, 12, 16, 20, 24), 32),
        (struct(F32, F64, FUNCREF), (8, 16, 24), 32),
        (struct(I64, I8), (8, 16), 24),
    ],
)
def test_fields_are_aligned_in_order(kind: StructType, offsets: tuple[int, ...], size: int) -> None:
    assert struct_layout(kind) == (offsets, size)


def test_a_subtype_extends_the_layout() -> None:
    first, _ = struct_layout(struct(I8, I64, I16))
    more, _ = struct_layout(struct(I8, I64, I16, I8, I32))
    assert more[:3] == first


def test_equal_types_of_other_fields_are_not_mixed_up() -> None:
    assert struct_layout(struct(I32, I32)) != struct_layout(struct(I64, I64))


def test_references() -> None:
    assert reference_offsets(struct(I32, FUNCREF, I8, EXTERNREF)) == (16, 32)


@pytest.mark.parametrize(("kind", "size"), [(I8, 1), (I16, 2), (I32, 4), (F32, 4), (I64, 8), (F64, 8), (FUNCREF, 8)])
def test_elements(kind: ValType, size: int) -> None:
    array = ArrayType(element=FieldType(kind, True))
    assert element_size(array) == size
    assert array_bytes(array, 0) == 16
    assert array_bytes(array, 1) == 24
    assert array_bytes(array, 9) == 16 + (9 * size + 7) // 8 * 8
