"""Objects: allocation, fields, elements, type tests. A reference to an object is its address with OBJECT_TAG added."""

from __future__ import annotations

from typing import Final, NamedTuple

from seaofnodes.backend.instruction import Operand, register
from seaofnodes.backend.layout import ARRAY_ELEMENTS, ARRAY_LENGTH, OBJECT_TAG, OBJECT_TYPE
from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.arithmetic.compare import visit_comparison
from seaofnodes.backend.select.constants import define_word, float_bytes, word
from seaofnodes.backend.select.exits import type_id
from seaofnodes.backend.select.memory import load_opcode, modified, modify, store_value
from seaofnodes.backend.select.memory_operands import MemoryOperand
from seaofnodes.backend.select.null_checks import implicit_check
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.objects import OBJECTS
from seaofnodes.ir.ops.shapes import ArrayShape, FieldAccess, ObjectType, StructShape, TypeTest

_MAX_DISP: Final = 0x7FFFFFFF
_LARGEST_INLINE: Final = 1024  # bytes of an array that is allocated without a call


class TypeTestPlan(NamedTuple):
    """What a type test's machine code has to know; see `TypeTest`. kind: a word, or "type"; depth: of that type."""

    kind: str
    nullable: bool
    operand: str
    type_id: int = 0
    depth: int = 0
    final: bool = False


# Allocation.


def _allocate(s: Selector, node: Node, type: ObjectType, size: int) -> Operand:
    """An object with a header and zeros."""
    s.allocations += 1
    result = register(s.vreg(node))
    s.emit("ALLOCATE", [result], [], size, is_safepoint=True)
    s.emit("MOV_m64_i32", [], [result], (Address(0, disp=OBJECT_TYPE - OBJECT_TAG), type_id(s, type.number)))
    return result


def _initialize(s: Selector, object: Operand, value: Node, width: int, offset: int) -> None:
    data = float_bytes(value)
    if word(value) == 0 or (data is not None and not any(data)):
        return
    store_value(s, value, width, Address(0, disp=offset - OBJECT_TAG), [object])


def visit_allocate_struct(s: Selector, node: Node) -> None:
    if not s.is_used(node):
        return
    shape: StructShape = node.op.parameters
    result = _allocate(s, node, shape.type, shape.size)
    for field, value in zip(shape.fields, node.values, strict=True):
        _initialize(s, result, value, field.width, field.offset)


def _array(s: Selector, node: Node, length: int) -> Operand:
    """With a constant length."""
    shape: ArrayShape = node.op.parameters
    result = _allocate(s, node, shape.type, _array_size(shape, length))
    s.emit("MOV_m32_i32", [], [result], (Address(0, disp=ARRAY_LENGTH - OBJECT_TAG), length))
    return result


def _array_size(shape: ArrayShape, length: int) -> int:
    return ARRAY_ELEMENTS + length * (shape.element.width >> 3) + 7 & -8


def visit_allocate_array(s: Selector, node: Node) -> None:
    shape: ArrayShape = node.op.parameters
    length = word(node.inputs[0])
    if length is not None and 0 <= length and _array_size(shape, length) <= _LARGEST_INLINE:
        if s.is_used(node):
            _array(s, node, length)
        return
    size = shape.element.width >> 3
    payload = (type_id(s, shape.type.number), size, (_LARGEST_INLINE - ARRAY_ELEMENTS) // size)
    s.emit("ALLOCATE_ARRAY", [register(s.vreg(node))], [s.use(node.inputs[0])], payload, is_safepoint=True)


def visit_allocate_elements(s: Selector, node: Node) -> None:
    if not s.is_used(node):
        return
    shape: ArrayShape = node.op.parameters
    result = _array(s, node, shape.count)
    size = shape.element.width >> 3
    for index, value in enumerate(node.values):
        _initialize(s, result, value, shape.element.width, ARRAY_ELEMENTS + index * size)


# Fields and elements.


def _field_address(s: Selector, node: Node, uses: list[Operand]) -> Address:
    return _at(s, node, node.op.parameters.offset, uses)


def _length_address(s: Selector, node: Node, uses: list[Operand]) -> Address:
    return _at(s, node, ARRAY_LENGTH, uses)


def _at(s: Selector, node: Node, offset: int, uses: list[Operand]) -> Address:
    """An offset in the object that is the node's first value; the access may be the check that it is not null."""
    uses.append(s.use(node.inputs[0]))
    base = len(uses) - 1
    check = implicit_check(s, node)
    if check is None:
        return Address(base, disp=offset - OBJECT_TAG)
    s.cover(check)
    return Address(base, disp=offset - OBJECT_TAG, trap=check.op.parameters, node=check.id)


def _element_address(s: Selector, node: Node, uses: list[Operand]) -> Address:
    size = node.op.parameters.width >> 3
    uses.append(s.use(node.inputs[0]))
    base = len(uses) - 1
    index = word(node.inputs[1])
    if index is not None:
        disp = ARRAY_ELEMENTS - OBJECT_TAG + (index & 0xFFFFFFFF) * size
        if disp <= _MAX_DISP:
            return Address(base, disp=disp)
    uses.append(s.use(node.inputs[1]))
    return Address(base, base + 1, size, ARRAY_ELEMENTS - OBJECT_TAG)


def _address(s: Selector, node: Node, uses: list[Operand]) -> Address:
    if isinstance(node.op.parameters, FieldAccess):
        return _field_address(s, node, uses)
    return _element_address(s, node, uses)


def visit_load(s: Selector, node: Node) -> None:
    access = node.op.parameters
    uses: list[Operand] = []
    address = _address(s, node, uses)
    s.define(node, load_opcode(s, access.rep, access.type), uses, address)


def visit_store(s: Selector, node: Node) -> None:
    value, width = node.inputs[node.op.value_in - 1], node.op.parameters.width
    found = modified(s, value, width)
    uses: list[Operand] = []
    address = _address(s, node, uses)
    if found is None:
        store_value(s, value, width, address, uses)
    else:
        modify(s, found[0], found[1], width, address, uses)


def visit_array_length(s: Selector, node: Node) -> None:
    uses: list[Operand] = []
    address = _length_address(s, node, uses)
    s.define(node, "MOV_r32_m32", uses, address)


def _loaded_width(s: Selector, node: Node) -> int:
    """What is extended cannot be an operand."""
    access = node.op.parameters
    width: int = access.width
    return width if width == access.type.bits else 0


# Types.


def compare_type(s: Selector, node: Node) -> str:
    """The flags of a type test."""
    test: TypeTest = node.op.parameters
    target = test.target
    if isinstance(target, ObjectType):
        number = type_id(s, target.number)
        plan = TypeTestPlan("type", test.nullable, test.operand, number, len(target.supertypes), target.final)
    else:
        plan = TypeTestPlan(target, test.nullable, test.operand)
    s.emit("TEST_TYPE", [], [s.use(node.inputs[0])], plan)
    return "NE" if plan.kind == "eq" else "E"


def visit_type_number(s: Selector, node: Node) -> None:
    define_word(s, node, type_id(s, node.op.parameters))


def _same_register(s: Selector, node: Node) -> None:
    """A conversion that changes nothing; see Selector.vreg."""


OBJECTS.conditions["TypeCheck"] = compare_type
OBJECTS.memory_operands |= {
    "LoadField": MemoryOperand(_loaded_width, _field_address),
    "LoadConstantField": MemoryOperand(_loaded_width, _field_address),
    "LoadElement": MemoryOperand(_loaded_width, _element_address),
    "ArrayLength": MemoryOperand(lambda s, node: 32, _length_address),
}
VISITORS: dict[str, Visitor] = {
    "AllocateStruct": visit_allocate_struct,
    "AllocateArray": visit_allocate_array,
    "AllocateElements": visit_allocate_elements,
    "LoadField": visit_load,
    "LoadConstantField": visit_load,
    "StoreField": visit_store,
    "ArrayLength": visit_array_length,
    "LoadElement": visit_load,
    "StoreElement": visit_store,
    "TypeCheck": visit_comparison,
    "TypeNumber": visit_type_number,
    "BitcastReferenceToWord64": _same_register,
    "BitcastWord64ToReference": _same_register,
}
