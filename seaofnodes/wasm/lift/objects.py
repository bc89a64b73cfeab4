"""Lifting instructions on objects: structs, arrays, i31, casts. Checks are nodes of their own, for passes to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m, objects as o, traps
from seaofnodes.ir.types import FLOAT32, REFERENCE
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.bulk import OBJECT_BULK, immediate_operands
from seaofnodes.wasm.dialect import operators as ops
from seaofnodes.wasm.lift.object_types import ObjectTypes, known_type
from seaofnodes.wasm.lift.references import is_null
from seaofnodes.wasm.subtyping import heap_matches, matches
from seaofnodes.wasm.types import FuncType, HeapType, RefType

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaofnodes.wasm.lift.instance import InstanceLifter

_FEW: Final = 8  # elements that are stored one by one
_I31_BIT: Final = 1 << 32  # of the word of each i31


def _types(c: InstanceLifter) -> ObjectTypes:
    if c.objects is None:
        c.objects = ObjectTypes(c.module)
    return c.objects


def _known(c: InstanceLifter, value: Node) -> RefType | None:
    found = known_type(c.module, c.function_index, value)
    return found if isinstance(found, RefType) else None


def _not_null(c: InstanceLifter, value: Node, trap: int) -> None:
    known = _known(c, value)
    if known is None or known.nullable:
        c.op(common.trap_if(trap), is_null(c, value))


def _loaded(opcode: int, signed: int, rep: str) -> str:
    """How something that is stored so is loaded by the instruction, whose forms for packed types are `signed` and the
    one after it.
    """
    if rep not in ("Word8", "Word16"):
        return rep
    return ("Int" if opcode == signed else "Uint") + rep[4:]


# Structs.


def struct_new(c: InstanceLifter, type_index: int) -> None:
    c.checkpoint()
    shape = _types(c).struct(type_index)
    c.stack.append(c.op(o.allocate_struct(shape), *c.take(len(shape.fields))))


def struct_new_default(c: InstanceLifter, type_index: int) -> None:
    c.checkpoint()
    shape = _types(c).struct(type_index)
    zeros = [c.graph.constant_of(field.type, 0) for field in shape.fields]
    c.stack.append(c.op(o.allocate_struct(shape), *zeros))


def struct_get(c: InstanceLifter, immediate: tuple[int, int]) -> None:
    c.checkpoint()
    type_index, field = immediate
    access = _types(c).struct(type_index).fields[field]
    access = access.as_loaded(_loaded(c.body.opcodes[c.pc], w.STRUCT_GET_S, access.rep))
    struct = c.stack.pop()
    _not_null(c, struct, traps.NULL_STRUCT)
    kind: Any = c.module.types[type_index]
    load = o.load_field if kind.fields[field].mutable else o.load_constant_field
    c.stack.append(c.op(load(access), struct))


def struct_set(c: InstanceLifter, immediate: tuple[int, int]) -> None:
    c.checkpoint()
    access = _types(c).struct(immediate[0]).fields[immediate[1]]
    value, struct = c.stack.pop(), c.stack.pop()
    _not_null(c, struct, traps.NULL_STRUCT)
    c.op(o.store_field(access), struct, value)


# Arrays.


def array_new(c: InstanceLifter, type_index: int) -> None:
    c.checkpoint()
    length, value = c.stack.pop(), c.stack.pop()
    if length.op.is_int32_constant and 0 <= length.op.parameters <= _FEW:
        return _of_elements(c, type_index, [value] * length.op.parameters)
    _new(c, type_index, length)
    if not (value.op.is_constant and not value.op.parameters):
        operands = [c.of_type(type_index), c.stack[-1], c.graph.int32(0), _bits(c, value), length]
        _call(c, "array_fill", operands)


def _bits(c: InstanceLifter, value: Node) -> Node:
    """As builtins take a float: its bits in a word."""
    if not value.type.is_float:
        return value
    return c.graph.node(m.BITCAST_FLOAT32_TO_INT32 if value.type is FLOAT32 else m.BITCAST_FLOAT64_TO_INT64, value)


def array_new_default(c: InstanceLifter, type_index: int) -> None:
    c.checkpoint()
    _new(c, type_index, c.stack.pop())


def _new(c: InstanceLifter, type_index: int, length: Node) -> None:
    c.stack.append(c.op(o.allocate_array(_types(c).array(type_index)), length))


def array_new_fixed(c: InstanceLifter, immediate: tuple[int, int]) -> None:
    c.checkpoint()
    _of_elements(c, immediate[0], c.take(immediate[1]))


def _of_elements(c: InstanceLifter, type_index: int, values: list[Node]) -> None:
    shape = _types(c).array(type_index).of_elements(len(values))
    c.stack.append(c.op(o.allocate_elements(shape), *values))


def _index(c: InstanceLifter, array: Node, index: Node) -> None:
    """Check array and index."""
    _not_null(c, array, traps.NULL_ARRAY)
    inside = c.graph.node(m.UINT32_LESS_THAN, index, c.op(o.ARRAY_LENGTH, array))
    c.op(common.trap_unless(traps.ARRAY_OUT_OF_BOUNDS), inside)


def array_get(c: InstanceLifter, type_index: int) -> None:
    c.checkpoint()
    access = _types(c).array(type_index).element
    access = access.as_loaded(_loaded(c.body.opcodes[c.pc], w.ARRAY_GET_S, access.rep))
    index, array = c.stack.pop(), c.stack.pop()
    _index(c, array, index)
    c.stack.append(c.op(o.load_element(access), array, index))


def array_set(c: InstanceLifter, type_index: int) -> None:
    c.checkpoint()
    access = _types(c).array(type_index).element
    value, index, array = c.stack.pop(), c.stack.pop(), c.stack.pop()
    _index(c, array, index)
    c.op(o.store_element(access), array, index, value)


def array_len(c: InstanceLifter, _: None) -> None:
    c.checkpoint()
    array = c.stack.pop()
    _not_null(c, array, traps.NULL_ARRAY)
    c.stack.append(c.op(o.ARRAY_LENGTH, array))


_OPERANDS: Final = {w.ARRAY_NEW_DATA: 2, w.ARRAY_NEW_ELEM: 2, w.ARRAY_COPY: 5}  # others have 4


def bulk(c: InstanceLifter, immediate: int | tuple[int, int]) -> None:
    """What touches many elements is done by builtins, which check."""
    opcode = c.body.opcodes[c.pc]
    c.checkpoint()
    first, *second = immediate_operands(immediate)
    operands = [c.of_type(first)]
    operands += [c.of_type(number) if opcode == w.ARRAY_COPY else c.graph.int32(number) for number in second]
    operands += [_bits(c, value) for value in c.take(_OPERANDS.get(opcode, 4))]
    _call(c, OBJECT_BULK[opcode], operands, makes=opcode in (w.ARRAY_NEW_DATA, w.ARRAY_NEW_ELEM))


def _call(c: InstanceLifter, name: str, operands: list[Node], makes: bool = False) -> None:
    types = tuple([operand.type for operand in operands])
    c.call_builtin(common.CallDescriptor(types, (REFERENCE,) if makes else (), builtin=name), operands)


# i31: its bits above a bit that is set, in the upper half of the word.


def ref_i31(c: InstanceLifter, _: None) -> None:
    node, graph = c.graph.node, c.graph
    wide = node(m.WORD64_SHL, node(m.CHANGE_UINT32_TO_UINT64, c.stack.pop()), graph.int64(33))
    c.stack.append(node(o.WORD64_TO_REFERENCE, node(m.WORD64_OR, wide, graph.int64(_I31_BIT))))


def i31_get(c: InstanceLifter, _: None) -> None:
    c.checkpoint()
    signed = c.body.opcodes[c.pc] == w.I31_GET_S
    value = c.stack.pop()
    _not_null(c, value, traps.NULL_I31)
    node = c.graph.node
    shifted = node(m.WORD64_SAR if signed else m.WORD64_SHR, node(o.REFERENCE_TO_WORD64, value), c.graph.int64(33))
    c.stack.append(node(m.TRUNCATE_INT64_TO_INT32, shifted))


def ref_eq(c: InstanceLifter, _: None) -> None:
    right = c.stack.pop()
    c.stack.append(c.graph.node(m.REFERENCE_EQUAL, c.stack.pop(), right))


def _nothing(c: InstanceLifter, _: None) -> None:
    """Both types have the same words."""


# Tests and casts.


def _is(c: InstanceLifter, value: Node, target: RefType, known: RefType | None) -> Node:
    """Is the reference of the type? A Word32."""
    graph, heap = c.graph, target.heap
    always = known is not None and heap_matches(known.heap, heap)
    if always or (isinstance(heap, HeapType) and heap is heap.top):
        if target.nullable or (known is not None and not known.nullable):
            return graph.int32(1)
        return graph.node(m.WORD32_EQUAL, is_null(c, value), graph.int32(0))
    if isinstance(heap, HeapType) and heap.is_bottom:
        return is_null(c, value) if target.nullable else graph.int32(0)
    if isinstance(heap, FuncType):
        index = _types(c).number(heap)
        return c.op(ops.function_type_check(ops.SignatureCheck(index, not heap.final), target.nullable), value)
    return c.op(o.type_check(_types(c).test(target, known)), value)


def ref_test(c: InstanceLifter, target: RefType) -> None:
    value = c.stack.pop()
    c.stack.append(_is(c, value, target, _known(c, value)))


def ref_cast(c: InstanceLifter, target: RefType) -> None:
    c.checkpoint()
    value = c.stack[-1]
    c.op(common.trap_unless(traps.CAST_FAILURE), _is(c, value, target, _known(c, value)))


def br_on_cast(c: InstanceLifter, immediate: w.Cast) -> None:
    value, source = c.stack[-1], immediate.source
    known = _known(c, value)
    if known is None or not matches(known, source):
        known = source
    passed, failed = c.branch(_is(c, value, immediate.target, known))
    if c.body.opcodes[c.pc] == w.BR_ON_CAST_FAIL:
        passed, failed = failed, passed
    c.control = passed
    c.go_to(immediate.depth)
    c.control = failed


HANDLERS: Final[dict[int, Callable[[Any, Any], None]]] = {
    w.STRUCT_NEW: struct_new,
    w.STRUCT_NEW_DEFAULT: struct_new_default,
    w.STRUCT_SET: struct_set,
    **dict.fromkeys((w.STRUCT_GET, w.STRUCT_GET_S, w.STRUCT_GET_U), struct_get),
    w.ARRAY_NEW: array_new,
    w.ARRAY_NEW_DEFAULT: array_new_default,
    w.ARRAY_NEW_FIXED: array_new_fixed,
    **dict.fromkeys((w.ARRAY_GET, w.ARRAY_GET_S, w.ARRAY_GET_U), array_get),
    w.ARRAY_SET: array_set,
    w.ARRAY_LEN: array_len,
    **dict.fromkeys(OBJECT_BULK, bulk),
    w.REF_I31: ref_i31,
    **dict.fromkeys((w.I31_GET_S, w.I31_GET_U), i31_get),
    w.REF_EQ: ref_eq,
    **dict.fromkeys((w.REF_TEST, w.REF_TEST_NULL), ref_test),
    **dict.fromkeys((w.REF_CAST, w.REF_CAST_NULL), ref_cast),
    **dict.fromkeys((w.BR_ON_CAST, w.BR_ON_CAST_FAIL), br_on_cast),
    **dict.fromkeys((w.ANY_CONVERT_EXTERN, w.EXTERN_CONVERT_ANY), _nothing),
}
