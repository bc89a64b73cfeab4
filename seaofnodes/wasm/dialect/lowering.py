"""How the back end lowers WebAssembly's operators."""

from __future__ import annotations

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.instruction import Operand, fixed, register
from seaofnodes.backend.layout import (
    EXCEPTION_PAYLOAD,
    EXCEPTION_TAG,
    INSTANCE,
    MEMORY_BYTES,
    RAX,
    RECORD_TYPE,
    TABLE_LENGTH,
)
from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.arithmetic.compare import visit_comparison
from seaofnodes.backend.select.calls import CallTarget
from seaofnodes.backend.select.constants import immediate
from seaofnodes.backend.select.memory import load_opcode, modified, modify, representation, store_value
from seaofnodes.backend.select.memory_operands import MemoryOperand
from seaofnodes.backend.select.selector import Selector
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.traps import SIGNATURE_MISMATCH, UNINITIALIZED_ELEMENT
from seaofnodes.wasm.dialect.operators import WASM
from seaofnodes.wasm.instance_layout import InstanceLayout, Lowering


def _data(s: Selector) -> Lowering:
    data = s.embedder_data
    assert isinstance(data, Lowering)
    return data


def _layout(s: Selector) -> InstanceLayout:
    return _data(s).layout


# Globals.


def _global_address(s: Selector, instance: Node, index: int, uses: list[Operand]) -> Address:
    uses.append(s.use(instance))
    if not _layout(s).global_indirect[index]:
        return Address(0, disp=_layout(s).globals[index])
    place = s.temp()
    s.emit("MOV_r64_m64", [place << 16 | ins.REGISTER], [uses.pop()], Address(0, disp=_layout(s).globals[index]))
    uses.append(place << 16 | ins.REGISTER)
    return Address(0)


@WASM.lower("GlobalGet", "ImmutableGlobal")
def visit_global_get(s: Selector, node: Node) -> None:
    uses: list[Operand] = []
    address = _global_address(s, node.inputs[0], node.op.parameters[0], uses)
    s.define(node, load_opcode(s, representation(node.type), node.type), uses, address)


@WASM.lower("GlobalSet")
def visit_global_set(s: Selector, node: Node) -> None:
    index, type = node.op.parameters[0], node.op.parameters[1]
    uses: list[Operand] = []
    found = None if _layout(s).global_indirect[index] else modified(s, node.inputs[1], type.bits)
    address = _global_address(s, node.inputs[0], index, uses)
    if found is None:
        store_value(s, node.inputs[1], type.bits, address, uses)
    else:
        modify(s, found[0], found[1], type.bits, address, uses)


def _global_width(s: Selector, node: Node) -> int:
    """Not of imported ones, whose address has to be loaded first."""
    return 0 if _layout(s).global_indirect[node.op.parameters[0]] else node.type.bits


def _global_operand(s: Selector, node: Node, uses: list[Operand]) -> Address:
    uses.append(s.use(node.inputs[0]))
    return Address(len(uses) - 1, disp=_layout(s).globals[node.op.parameters[0]])


# Fields of the instance.


@WASM.lower("MemoryStart")
def visit_memory_start(s: Selector, node: Node) -> None:
    s.define(node, "MOV_r64_m64", [s.use(node.inputs[0])], Address(0, disp=_layout(s).memories[node.op.parameters]))


def _record_field(s: Selector, instance: Node, slot: int, field: int) -> tuple[list[Operand], Address]:
    """A field of a table's or memory's own record, whose address is 8 bytes behind the slot."""
    record = s.temp()
    s.emit("MOV_r64_m64", [record << 16 | ins.REGISTER], [s.use(instance)], Address(0, disp=slot + 8))
    return [record << 16 | ins.REGISTER], Address(0, disp=field)


@WASM.lower("MemorySize")
def visit_memory_size(s: Selector, node: Node) -> None:
    """Bytes / 65536."""
    uses, address = _record_field(s, node.inputs[0], _layout(s).memories[node.op.parameters], MEMORY_BYTES)
    size = s.temp()
    s.emit("MOV_r64_m64", [size << 16 | ins.REGISTER], uses, address)
    s.define_same(node, "SHR_r64_i8", [size << 16 | ins.REGISTER], 16)


@WASM.lower("TableSize")
def visit_table_size(s: Selector, node: Node) -> None:
    uses, address = _record_field(s, node.inputs[0], _layout(s).tables[node.op.parameters], TABLE_LENGTH)
    s.define(node, "MOV_r32_m32", uses, address)


@WASM.lower("TableGet")
def visit_table_get(s: Selector, node: Node) -> None:
    base = s.temp()
    instance, index = node.inputs[0], node.inputs[1]
    s.emit(
        "MOV_r64_m64",
        [base << 16 | ins.REGISTER],
        [s.use(instance)],
        Address(0, disp=_layout(s).tables[node.op.parameters.table]),
    )
    number = immediate(index)
    if number is not None and 0 <= number < 1 << 27:
        s.define(node, "MOV_r64_m64", [base << 16 | ins.REGISTER], Address(0, disp=8 * number))
    else:
        s.define(node, "MOV_r64_m64", [base << 16 | ins.REGISTER, s.use(index)], Address(0, 1, 8))


@WASM.lower("TableSet")
def visit_table_set(s: Selector, node: Node) -> None:
    base = s.temp()
    instance, index, value = node.inputs[:3]
    slot = Address(0, disp=_layout(s).tables[node.op.parameters.table])
    s.emit("MOV_r64_m64", [base << 16 | ins.REGISTER], [s.use(instance)], slot)
    number = immediate(index)
    if number is not None and 0 <= number < 1 << 27:
        s.emit("MOV_m64_r64", [], [base << 16 | ins.REGISTER, s.use(value)], Address(0, disp=8 * number))
    else:
        s.emit("MOV_m64_r64", [], [base << 16 | ins.REGISTER, s.use(index), s.use(value)], Address(0, 1, 8))


@WASM.lower("ImportRecord")
def visit_import_record(s: Selector, node: Node) -> None:
    s.define(node, "MOV_r64_m64", [s.use(node.inputs[0])], Address(0, disp=_layout(s).imports[node.op.parameters]))


@WASM.lower("FunctionRecord")
def visit_function_record(s: Selector, node: Node) -> None:
    own = node.op.parameters - len(_layout(s).imports)
    s.define(node, "LEA_r64_m", [s.use(node.inputs[0])], Address(0, disp=_layout(s).records[own]))


# Functions.


@WASM.lower("CheckSignature")
def visit_check_signature(s: Selector, node: Node) -> None:
    """Compare the record's type; reading a null record's faults."""
    type_id = _data(s).type_ids[node.op.parameters.type_index]
    address = Address(0, disp=RECORD_TYPE, trap=UNINITIALIZED_ELEMENT)
    s.emit("CMP_m32_i32", [], [s.use(node.inputs[0])], (address, type_id))
    if node.op.parameters.open:
        s.emit("TRAPCC_SUBTYPE", [], [s.use(node.inputs[0])], (type_id, SIGNATURE_MISMATCH), is_safepoint=True)
    else:
        s.emit("TRAPCC", [], [], ("NE", SIGNATURE_MISMATCH))


def compare_function_type(s: Selector, node: Node) -> str:
    """The flags of a type test."""
    check, nullable = node.op.parameters
    payload = (_data(s).type_ids[check.type_index], check.open, nullable)
    s.emit("TEST_FUNCTION_TYPE", [], [s.use(node.inputs[0])], payload, is_safepoint=True)
    return "E"


WASM.conditions["FunctionTypeCheck"] = compare_function_type
WASM.lower("FunctionTypeCheck")(visit_comparison)


# Exceptions.


@WASM.lower("NewException")
def visit_new_exception(s: Selector, node: Node) -> None:
    if not s.is_used(node):
        return
    instance, *values = node.values
    tag: int = node.op.parameters[0]
    uses: list[Operand] = [fixed(s.vreg(instance), INSTANCE), fixed(s.constant(tag), RAX)]
    s.emit("CALL", [fixed(s.vreg(node), RAX)], uses, CallTarget("builtin", "exception_new", 0, 0), is_call=True)
    for index, value in enumerate(values):
        stored = [register(s.vreg(node))]
        store_value(s, value, value.type.bits, Address(0, disp=EXCEPTION_PAYLOAD + 8 * index), stored)


@WASM.lower("ExceptionPayload")
def visit_exception_payload(s: Selector, node: Node) -> None:
    address = Address(0, disp=EXCEPTION_PAYLOAD + 8 * node.op.parameters[0])
    s.define(node, load_opcode(s, representation(node.type), node.type), [s.use(node.inputs[0])], address)


def compare_tags(s: Selector, node: Node) -> str:
    """The address of a tag's record is its identity."""
    instance, exception = node.values
    tag = register(s.temp())
    s.emit("MOV_r64_m64", [tag], [s.use(exception)], Address(0, disp=EXCEPTION_TAG))
    s.emit("CMP_r64_m64", [], [tag, s.use(instance)], Address(1, disp=_layout(s).tags[node.op.parameters]))
    return "E"


WASM.conditions["ExceptionHasTag"] = compare_tags
WASM.lower("ExceptionHasTag")(visit_comparison)
WASM.memory_operands["GlobalGet"] = MemoryOperand(_global_width, _global_operand)
