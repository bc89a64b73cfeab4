"""Objects on the heap: structs, arrays, type tests. References are words; objects never move.

What reads or writes an object takes a reference that is not null and of the right type: the control input is the proof.
An array element's index is in bounds, by the same proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from seaofnodes.ir.dialect import Dialect
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Shape, Traits
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops.environment import Environment, EvaluationError, mask
from seaofnodes.ir.ops.memory import loaded_bounds
from seaofnodes.ir.ops.shapes import ArrayShape, ElementAccess, FieldAccess, StructShape, TypeTest, VirtualObject
from seaofnodes.ir.types import REFERENCE, WORD32, WORD64

OBJECTS = Dialect("objects", "Structs, arrays and their types, on a heap.")


class ObjectEnvironment(Environment, Protocol):
    """What the execution of these operators asks for beside. Objects are references; values of fields and elements are
    bit patterns of their width. Loads of what is not
    there raise AttributeError, LookupError or TypeError.
    """

    def new_struct(self, type: int, values: Sequence[int]) -> int: ...

    def new_array(self, type: int, length: int) -> int:
        """With elements that are zero or null. Raises Trap where it is too large."""

    def load_field(self, object: int, field: int) -> int: ...

    def store_field(self, object: int, field: int, value: int) -> None: ...

    def array_length(self, array: int) -> int: ...

    def load_element(self, array: int, index: int) -> int: ...

    def store_element(self, array: int, index: int, value: int) -> None: ...

    def has_type(self, reference: int, test: TypeTest) -> bool:
        """Whatever the reference is; the operand of the test does not matter."""


# Making objects.


def _low(value: int, width: int) -> int:
    return value & (1 << width) - 1


def _allocate_struct(environment: ObjectEnvironment, node: Node, operands: Sequence[int]) -> int:
    shape: StructShape = node.op.parameters
    values = [_low(value, field.width) for field, value in zip(shape.fields, operands, strict=True)]
    return environment.new_struct(shape.type.number, values)


def _allocate_array(environment: ObjectEnvironment, node: Node, operands: Sequence[int]) -> int:
    shape: ArrayShape = node.op.parameters
    if shape.count < 0:
        return environment.new_array(shape.type.number, operands[0])
    array = environment.new_array(shape.type.number, shape.count)
    for index, value in enumerate(operands):
        environment.store_element(array, index, _low(value, shape.element.width))
    return array


@OBJECTS.operator("AllocateStruct", Traits(allocates=True, never_null=True), execute=_allocate_struct)
def allocate_struct(shape: StructShape) -> Shape:
    """A new struct, never null. Values: of its fields."""
    values = tuple([field.type for field in shape.fields])
    return Shape(values, REFERENCE, effects=1, controls=1, effect_out=1, control_out=1)


@OBJECTS.operator("AllocateArray", Traits(never_null=True), execute=_allocate_array)
def allocate_array(shape: ArrayShape) -> Shape:
    """A new array, never null, with elements that are zero. Value: its length (Word32). Traps "array too large"."""
    return Shape((WORD32,), REFERENCE, effects=1, controls=1, effect_out=1, control_out=1)


@OBJECTS.operator("AllocateElements", Traits(allocates=True, never_null=True), execute=_allocate_array)
def allocate_elements(shape: ArrayShape) -> Shape:
    """A new array, never null. Values: its elements, `count` of them."""
    values = (shape.element.type,) * shape.count
    return Shape(values, REFERENCE, effects=1, controls=1, effect_out=1, control_out=1)


# Objects in frame states that a deoptimization makes: escape analysis has found that nobody else needs them.


@OBJECTS.operator("ObjectState", Traits(is_object_state=True, never_null=True, is_cheap=True))
def object_state(made: VirtualObject) -> Shape:
    """An object as it is in a frame state, and in those of its callers: one, however often it is there. Values: of its
    fields or elements. Used by frame states and other ObjectStates only.
    """
    return Shape(made.types, REFERENCE, pure=True)


@OBJECTS.operator("ObjectId", Traits(is_object_id=True, never_null=True, is_cheap=True))
def object_id(number: int) -> Shape:
    """The ObjectState of that number in the same frame state: where objects refer to each other in a circle."""
    return Shape((), REFERENCE, pure=True)


# Fields.

_BROKEN = (AttributeError, LookupError, TypeError)  # what an environment may raise for another object than promised


def _extended(value: int, access: FieldAccess | ElementAccess) -> int:
    if access.rep.startswith("Int") and value >> (access.width - 1):
        value -= 1 << access.width
    return value & mask(access.type)


def _load_field(environment: ObjectEnvironment, node: Node, operands: Sequence[int]) -> int:
    access: FieldAccess = node.op.parameters
    try:
        return _extended(environment.load_field(operands[0], access.field), access)
    except _BROKEN as error:
        raise EvaluationError(f"its proof does not hold, {error}", node) from None


def _store_field(environment: ObjectEnvironment, node: Node, operands: Sequence[int]) -> None:
    access: FieldAccess = node.op.parameters
    environment.store_field(operands[0], access.field, _low(operands[1], access.width))


def _given_field(graph: Any, node: Node) -> Node | None:
    """Of a struct that the function makes itself."""
    made, access = node.inputs[0], node.op.parameters
    if made.op.declaration.name != "AllocateStruct":
        return None
    fields = made.op.parameters.fields
    if access.field >= len(fields) or fields[access.field].as_loaded(access.rep) != access:
        return None
    found: Node = made.inputs[access.field]
    if access.rep.startswith("Int"):
        found = graph.node(m.SIGN_EXTEND_8_32 if access.width == 8 else m.SIGN_EXTEND_16_32, found)
    elif access.width < access.type.bits:
        found = graph.node(m.WORD32_AND, found, graph.int32((1 << access.width) - 1))
    return found


_LOAD = Traits(is_object_load=True, is_memory_operand=True)


@OBJECTS.operator("LoadField", _LOAD, execute=_load_field, bounds=loaded_bounds)
def load_field(access: FieldAccess) -> Shape:
    """Value: struct."""
    return Shape((REFERENCE,), access.type, effects=1, controls=1, reads=access.alias)


@OBJECTS.operator(
    "LoadConstantField",
    Traits(is_object_load=True),
    execute=_load_field,
    simplify=("own-field", _given_field),
    bounds=loaded_bounds,
)
def load_constant_field(access: FieldAccess) -> Shape:
    """Of a field that never changes. Value: struct."""
    return Shape((REFERENCE,), access.type, controls=1, pure=True)


@OBJECTS.operator("StoreField", Traits(is_object_store=True), execute=_store_field)
def store_field(access: FieldAccess) -> Shape:
    """Values: struct, value."""
    return Shape((REFERENCE, access.type), effects=1, controls=1, effect_out=1, writes=access.alias)


# Arrays.


def _load_element(environment: ObjectEnvironment, node: Node, operands: Sequence[int]) -> int:
    try:
        return _extended(environment.load_element(operands[0], operands[1]), node.op.parameters)
    except _BROKEN as error:
        raise EvaluationError(f"its proof does not hold, {error}", node) from None


def _store_element(environment: ObjectEnvironment, node: Node, operands: Sequence[int]) -> None:
    environment.store_element(operands[0], operands[1], _low(operands[2], node.op.parameters.width))


def _given_length(graph: Any, node: Node) -> Node | None:
    """Of an array that the function makes itself."""
    made = node.inputs[0]
    if made.op.declaration.name == "AllocateArray":
        found: Node = made.inputs[0]
        return found
    return graph.int32(made.op.parameters.count) if made.op.declaration.name == "AllocateElements" else None


def _array_length(environment: ObjectEnvironment, node: Node, operands: Sequence[int]) -> int:
    try:
        return environment.array_length(operands[0])
    except _BROKEN as error:
        raise EvaluationError(f"its proof does not hold, {error}", node) from None


@OBJECTS.operator(
    "ArrayLength", Traits(is_memory_operand=True), execute=_array_length, simplify=("own-length", _given_length)
)
def _length() -> Shape:
    """Number of elements, Word32; it never changes. Value: array."""
    return Shape((REFERENCE,), WORD32, controls=1, pure=True)


ARRAY_LENGTH = _length()


@OBJECTS.operator("LoadElement", _LOAD, execute=_load_element, bounds=loaded_bounds)
def load_element(access: ElementAccess) -> Shape:
    """Values: array, index (Word32)."""
    return Shape((REFERENCE, WORD32), access.type, effects=1, controls=1, reads=access.alias)


@OBJECTS.operator("StoreElement", Traits(is_object_store=True), execute=_store_element)
def store_element(access: ElementAccess) -> Shape:
    """Values: array, index (Word32), value."""
    return Shape((REFERENCE, WORD32, access.type), effects=1, controls=1, effect_out=1, writes=access.alias)


# Types.


def _has_type(environment: ObjectEnvironment, node: Node, operands: Sequence[int]) -> int:
    return int(environment.has_type(operands[0], node.op.parameters))


def _own_type(graph: Any, node: Node) -> Node | None:
    """Of what the function makes itself, and of null."""
    made, test = node.inputs[0].op, node.op.parameters
    if made.is_constant:
        passes = test.nullable
    elif isinstance(made.parameters, StructShape | ArrayShape):
        passes = test.passes(made.parameters.type)
    elif made is WORD64_TO_REFERENCE:
        passes = test.target in ("eq", "i31")
    else:
        return None
    found: Node = graph.int32(int(passes))
    return found


@OBJECTS.operator("TypeCheck", Traits(is_comparison=True), execute=_has_type, simplify=("own-type", _own_type))
def type_check(test: TypeTest) -> Shape:
    """Is it a reference of that type? A Word32, 0 or 1. Value: a reference to an object or an i31, null, or what stands
    outside of the hierarchy; the control input is the proof that it is what the test says of its operand.
    """
    return Shape((REFERENCE,), WORD32, controls=1, pure=True)


@OBJECTS.operator("TypeNumber", execute=lambda environment, node, operands: int(node.op.parameters))
def type_number(type: int) -> Shape:
    """The number by which the runtime knows a type, Word32."""
    return Shape((), WORD32, pure=True)


# An i31 is a word like any other; no conversion makes a reference to an object of a number. They are not folded: null
# is the only constant reference.


@OBJECTS.operator("BitcastReferenceToWord64")
def _to_word64() -> Shape:
    """The word of a reference; nobody follows it."""
    return Shape((REFERENCE,), WORD64, pure=True, meaning=lambda x: x)


@OBJECTS.operator("BitcastWord64ToReference", Traits(never_null=True))
def _to_reference() -> Shape:
    """A word that refers to no object and is not null, such as an i31."""
    return Shape((WORD64,), REFERENCE, pure=True, meaning=lambda x: x)


REFERENCE_TO_WORD64 = _to_word64()
WORD64_TO_REFERENCE = _to_reference()
