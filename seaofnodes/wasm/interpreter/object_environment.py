"""Objects of the reference interpreter as graphs under evaluation see them; see `ir.ops.objects.ObjectEnvironment`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from seaofnodes.ir.ops.shapes import ObjectType, TypeTest
from seaofnodes.wasm.bulk import OBJECT_BULK
from seaofnodes.wasm.interpreter.objects import construct, write_many
from seaofnodes.wasm.interpreter.state import InterpretedInstance
from seaofnodes.wasm.interpreter.values import I31, Array, Struct
from seaofnodes.wasm.opcodes import ARRAY_COPY, ARRAY_NEW_DATA, ARRAY_NEW_DEFAULT, ARRAY_NEW_ELEM
from seaofnodes.wasm.subtyping import is_subtype
from seaofnodes.wasm.types import ArrayType, StructType, ValType

_OPCODES: Final = {name: opcode for opcode, name in OBJECT_BULK.items()}
I31_BIT: Final = 1 << 32  # of the word of each i31


def i31_word(value: I31) -> int:
    """What machine code has for an i31."""
    return (value.bits << 33 | I31_BIT) & (1 << 64) - 1


class ObjectState:
    """The part of an environment that is about objects. References go through `number` and `object`."""

    instance: InterpretedInstance
    number: Callable[[Any], int]
    object: Callable[[int], Any]
    to_bits: Callable[[Any, ValType], int]
    from_bits: Callable[[int, ValType], Any]

    def new_struct(self, type: int, values: Sequence[int]) -> int:
        kind = self.instance.module.types[type]
        assert isinstance(kind, StructType)
        fields = [self.from_bits(value, field.type) for field, value in zip(kind.fields, values, strict=True)]
        return self.number(Struct(kind, fields))

    def new_array(self, type: int, length: int) -> int:
        stack: list[Any] = [length]
        construct(self.instance, ARRAY_NEW_DEFAULT, type, stack)
        return self.number(stack.pop())

    def load_field(self, object: int, field: int) -> int:
        found: Struct = self.object(object)
        return self.to_bits(found.fields[field], found.type.fields[field].type)

    def store_field(self, object: int, field: int, value: int) -> None:
        found: Struct = self.object(object)
        found.fields[field] = self.from_bits(value, found.type.fields[field].type)

    def array_length(self, array: int) -> int:
        return len(self.object(array).elements)

    def load_element(self, array: int, index: int) -> int:
        found: Array = self.object(array)
        return self.to_bits(found.elements[index], found.type.element.type)

    def store_element(self, array: int, index: int, value: int) -> None:
        found: Array = self.object(array)
        found.elements[index] = self.from_bits(value, found.type.element.type)

    def has_type(self, reference: int, test: TypeTest) -> bool:
        found = self.object(reference)
        target = test.target
        if found is None:
            return test.nullable
        if isinstance(target, ObjectType):
            return isinstance(found, Struct | Array) and is_subtype(
                found.type, self.instance.module.types[target.number]
            )
        classes: dict[str, Any] = {"struct": Struct, "array": Array, "i31": I31, "eq": Struct | Array | I31}
        return isinstance(found, classes[target])

    def function_has_type(self, record: int, type_index: int) -> bool:
        return is_subtype(self.object(record).type, self.instance.module.types[type_index])

    def call_object_builtin(self, name: str, arguments: Sequence[int]) -> list[int] | None:
        """Call a builtin on many elements, whose first argument is a type; None if it is no such one."""
        opcode = _OPCODES.get(name)
        if opcode is None:
            return None
        type_index, *operands = arguments
        kind = self.instance.module.types[type_index]
        assert isinstance(kind, ArrayType)
        if opcode in (ARRAY_NEW_DATA, ARRAY_NEW_ELEM):
            segment, *stack = operands
            construct(self.instance, opcode, (type_index, segment), stack)
            return [self.number(stack.pop())]
        array = self.object(operands[1 if name in ("array_copy", "array_init_data", "array_init_elem") else 0])
        immediate: Any = type_index
        if name == "array_fill":
            _, at, value, count = operands
            given = [array, at, self.from_bits(value, kind.element.unpacked), count]
        elif opcode == ARRAY_COPY:
            other, _, at, origin, start, count = operands
            immediate, given = (type_index, other), [array, at, self.object(origin), start, count]
        else:
            immediate, given = (type_index, operands[0]), [array, *operands[2:]]
        write_many(self.instance, opcode, immediate, given)
        return []
