"""Instructions on objects in the reference interpreter: structs, arrays, i31, casts, conversions.

Those that touch many elements check first, then write.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from seaofnodes.errors import Trap
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.interpreter.state import Frame, InterpretedInstance, branch
from seaofnodes.wasm.interpreter.values import I31, Array, Struct, default, not_null, refers
from seaofnodes.wasm.types import ArrayType, FieldType, StructType

_NO_STRUCT: Final = "null structure reference"
_NO_ARRAY: Final = "null array reference"
_MASK31: Final = (1 << 31) - 1


def object_instruction(frame: Frame, opcode: int, immediate: Any, pc: int) -> None:
    """Carry out one of opcodes.OBJECTS. Raises Trap."""
    instance, stack = frame.instance, frame.stack
    if w.STRUCT_GET <= opcode <= w.STRUCT_GET_U:
        found: Struct = not_null(stack.pop(), _NO_STRUCT)
        number = immediate[1]
        stack.append(_extended(found.type.fields[number], found.fields[number], opcode == w.STRUCT_GET_S))
    elif opcode == w.STRUCT_SET:
        value = stack.pop()
        found = not_null(stack.pop(), _NO_STRUCT)
        found.fields[immediate[1]] = _stored(found.type.fields[immediate[1]], value)
    elif w.ARRAY_GET <= opcode <= w.ARRAY_GET_U:
        index = stack.pop()
        array: Array = not_null(stack.pop(), _NO_ARRAY)
        _check(array, index, 1)
        stack.append(_extended(array.type.element, array.elements[index], opcode == w.ARRAY_GET_S))
    elif opcode == w.ARRAY_SET:
        value, index = stack.pop(), stack.pop()
        array = not_null(stack.pop(), _NO_ARRAY)
        _check(array, index, 1)
        array.elements[index] = _stored(array.type.element, value)
    elif opcode == w.ARRAY_LEN:
        stack.append(len(not_null(stack.pop(), _NO_ARRAY).elements))
    elif w.ARRAY_FILL <= opcode <= w.ARRAY_INIT_ELEM:
        count = 5 if opcode == w.ARRAY_COPY else 4
        operands = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        write_many(instance, opcode, immediate, operands)
    elif opcode == w.REF_EQ:
        right, left = stack.pop(), stack.pop()
        stack.append(int(left is right or (isinstance(left, I31) and left == right)))
    elif opcode in (w.REF_TEST, w.REF_TEST_NULL):
        stack.append(int(refers(immediate, stack.pop())))
    elif opcode in (w.REF_CAST, w.REF_CAST_NULL):
        if not refers(immediate, stack[-1]):
            raise Trap("cast failure")
    elif opcode in (w.BR_ON_CAST, w.BR_ON_CAST_FAIL):
        if refers(immediate.target, stack[-1]) == (opcode == w.BR_ON_CAST):
            branch(frame, frame.code.targets[pc])
    elif opcode in (w.I31_GET_S, w.I31_GET_U):
        small: I31 = not_null(stack.pop(), "null i31 reference")
        stack.append(small.signed & 0xFFFFFFFF if opcode == w.I31_GET_S else small.bits)
    else:
        construct(instance, opcode, immediate, stack)


def construct(instance: InterpretedInstance, opcode: int, immediate: Any, stack: list[Any]) -> None:
    """Carry out an instruction that makes an object of operands on the stack, or converts one. Raises Trap."""
    if opcode == w.REF_I31:
        stack.append(I31(stack.pop() & _MASK31))
    elif opcode in (w.STRUCT_NEW, w.STRUCT_NEW_DEFAULT):
        kind = instance.module.types[immediate]
        assert isinstance(kind, StructType)
        if opcode == w.STRUCT_NEW:
            start = len(stack) - len(kind.fields)
            fields = list(map(_stored, kind.fields, stack[start:]))
            del stack[start:]
        else:
            fields = [default(field.type) for field in kind.fields]
        stack.append(Struct(kind, fields))
    elif opcode not in (w.ANY_CONVERT_EXTERN, w.EXTERN_CONVERT_ANY):  # of these, both sides are one Python object
        index = immediate[0] if isinstance(immediate, tuple) else immediate
        kind = instance.module.types[index]
        assert isinstance(kind, ArrayType)
        stack.append(Array(kind, _elements(instance, kind.element, opcode, immediate, stack)))


def _elements(
    instance: InterpretedInstance, kind: FieldType, opcode: int, immediate: Any, stack: list[Any]
) -> list[Any]:
    """Those of a new array, whose operands are on the stack."""
    if opcode == w.ARRAY_NEW_FIXED:
        start = len(stack) - immediate[1]
        given = stack[start:]
        del stack[start:]
        return [_stored(kind, value) for value in given]
    length = stack.pop()
    if opcode in (w.ARRAY_NEW, w.ARRAY_NEW_DEFAULT):
        _check_length(instance, length)
        return [_stored(kind, stack.pop()) if opcode == w.ARRAY_NEW else default(kind.type)] * length
    start = stack.pop()
    if opcode == w.ARRAY_NEW_DATA:
        return _from_data(instance, kind, immediate[1], start, length)
    assert opcode == w.ARRAY_NEW_ELEM, w.OPCODES[opcode].name
    return _from_segment(instance, immediate[1], start, length)


def _check_length(instance: InterpretedInstance, length: int) -> None:
    if length > instance.limits.elements:
        raise Trap("array too large")  # the specification lets any allocation fail


def _from_data(instance: InterpretedInstance, kind: FieldType, segment: int, start: int, length: int) -> list[int]:
    """Numbers in a data segment, the first one at an offset in bytes."""
    data, width = instance.data[segment], kind.type.bits >> 3
    if start + length * width > len(data):
        raise Trap("out of bounds memory access")
    return [int.from_bytes(data[at : at + width], "little") for at in range(start, start + length * width, width)]


def _from_segment(instance: InterpretedInstance, segment: int, start: int, length: int) -> list[Any]:
    given = instance.elements[segment]
    if start + length > len(given):
        raise Trap("out of bounds table access")
    return given[start : start + length]


def write_many(instance: InterpretedInstance, opcode: int, immediate: Any, operands: Sequence[Any]) -> None:
    """array.fill, array.copy, array.init_data, array.init_elem; operands: the array, an index, ..., a length."""
    array: Array = not_null(operands[0], _NO_ARRAY)
    to, count = operands[1], operands[-1]
    kind = array.type.element
    if opcode == w.ARRAY_COPY:
        source: Array = not_null(operands[2], _NO_ARRAY)
        _check(array, to, count)
        _check(source, operands[3], count)
        values = source.elements[operands[3] : operands[3] + count]
    else:
        _check(array, to, count)
        if opcode == w.ARRAY_FILL:
            values = [_stored(kind, operands[2])] * count
        elif opcode == w.ARRAY_INIT_DATA:
            values = _from_data(instance, kind, immediate[1], operands[2], count)
        else:
            values = _from_segment(instance, immediate[1], operands[2], count)
    array.elements[to : to + count] = values


def _check(array: Array, start: int, count: int) -> None:
    if start + count > len(array.elements):
        raise Trap("out of bounds array access")


def _stored(field: FieldType, value: Any) -> Any:
    """A value as it is stored."""
    return value & ((1 << field.type.bits) - 1) if field.is_packed else value


def _extended(field: FieldType, value: Any, signed: bool) -> Any:
    """A stored value as an operand."""
    bits = field.type.bits
    if signed and value >> (bits - 1):
        value += (1 << 32) - (1 << bits)
    return value
