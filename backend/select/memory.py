"""Linear memory, globals, tables, function records."""

from __future__ import annotations

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.instruction import Operand
from seaofnodes.backend.layout import MEMORY_BYTES, TABLE_LENGTH
from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.constants import float_bytes, immediate, word
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.wasm import MemoryAccess
from seaofnodes.ir.types import FLOAT32, WORD64, Type


def load_opcode(s: Selector, rep: str, type: Type) -> str:
    """The instruction that loads and extends."""
    if type.is_float:
        return f"{'V' if s.features.avx else ''}{'MOVSS_x_m32' if type is FLOAT32 else 'MOVSD_x_m64'}"
    wide = 64 if type is WORD64 else 32
    if rep in ("Int8", "Int16"):
        return f"MOVSX_r{wide}_m{rep[3:]}"
    if rep in ("Uint8", "Uint16"):
        return f"MOVZX_r32_m{rep[4:]}"
    if rep == "Int32" and wide == 64:
        return "MOVSXD_r64_m32"
    return "MOV_r64_m64" if rep == "Word64" or type.is_reference else "MOV_r32_m32"


def visit_load(s: Selector, node: Node) -> None:
    access: MemoryAccess = node.op.parameters
    uses: list[Operand] = []
    if not s.is_used(node):  # for its trap only
        address = s.address(node, uses)
        width = access.width
        s.emit(f"CMP_m{width}_i{min(width, 32)}", [], uses, (address, 0))
        return
    address = s.address(node, uses)
    s.define(node, load_opcode(s, access.rep, access.type), uses, address)


_READ_MODIFY_WRITE = {
    f"{name.replace('?', str(width))}": (mnemonic, commutative)
    for width in (32, 64)
    for name, mnemonic, commutative in (
        ("Int?Add", "ADD", True),
        ("Int?Sub", "SUB", False),
        ("Word?And", "AND", True),
        ("Word?Or", "OR", True),
        ("Word?Xor", "XOR", True),
    )
}


def _modified(s: Selector, value: Node, same: str, inputs: list[Node], width: int) -> tuple[str, Node, Node] | None:
    """If `value` is a covered operation on what the place being stored to holds: mnemonic, other operand, load."""
    found = _READ_MODIFY_WRITE.get(value.op.name)
    if found is None or not s.covers(value):
        return None
    mnemonic, commutative = found
    left, right = value.inputs
    for load, other in ((left, right), (right, left)) if commutative else ((left, right),):
        if not s.covers_load(load, same) or other is load:
            continue
        if load.inputs[0] is not inputs[0]:
            continue
        if same == "Load":
            access, stored = load.op.parameters, s.at.op.parameters
            if load.inputs[1] is not inputs[1] or access.offset != stored.offset or access.width != width:
                continue
            if access.memory != stored.memory:
                continue
        elif load.op.parameters[0] != s.at.op.parameters[0]:
            continue
        s.cover(load)
        return mnemonic, other, load
    return None


def store_value(s: Selector, value: Node, width: int, address: Address, uses: list[Operand]) -> None:
    """Store a value at an address whose registers are in `uses`."""
    number = word(value)
    data = float_bytes(value)
    if data is not None and (width == 32 or -0x80000000 <= int.from_bytes(data, "little", signed=True) <= 0x7FFFFFFF):
        number = int.from_bytes(data, "little", signed=True)
    if number is not None and (width < 64 or -0x80000000 <= number <= 0x7FFFFFFF):
        s.emit(f"MOV_m{width}_i{min(width, 32)}", [], uses, (address, signed(number, width)))
        return
    if value.type.is_float:
        opcode = f"{'V' if s.features.avx else ''}{'MOVSS_m32_x' if value.type is FLOAT32 else 'MOVSD_m64_x'}"
    else:
        opcode = f"MOV_m{width}_r{width}"
        value = _low_bits(s, value, width)
    uses.append(s.use(value))
    s.emit(opcode, [], uses, address)


def signed(value: int, width: int) -> int:
    """The low `width` bits as a signed number."""
    value &= (1 << width) - 1
    return value - (1 << width) if value >> (width - 1) else value


def _low_bits(s: Selector, value: Node, width: int) -> Node:
    """What is stored truncated need not be extended or masked before."""
    while width < 32 and s.covers(value):
        name = value.op.name
        mask = word(value.inputs[1]) if name in ("Word32And", "Word64And") else None
        low = (1 << width) - 1
        if (
            mask is not None
            and mask & low == low
            or name.startswith(("SignExtendWord8", "SignExtendWord16"))
            and width <= int(name[14 : name.index("To")])
        ):
            value = value.inputs[0]
        else:
            break
    return value


def visit_store(s: Selector, node: Node) -> None:
    access: MemoryAccess = node.op.parameters
    value = node.inputs[2]
    width = access.width
    uses: list[Operand] = []
    modified = _modified(s, value, "Load", node.inputs, width)
    if modified is None:
        store_value(s, value, width, s.address(node, uses), uses)
        return
    mnemonic, other, load = modified
    address = s.address(load if load.op.parameters.trapping else node, uses)
    _modify(s, mnemonic, other, width, address, uses)


def _modify(s: Selector, mnemonic: str, other: Node, width: int, address: Address, uses: list[Operand]) -> None:
    number = immediate(other)
    if number is not None:
        s.emit(f"{mnemonic}_m{width}_i{min(width, 32)}", [], uses, (address, signed(number, width)))
    else:
        uses.append(s.use(other))
        s.emit(f"{mnemonic}_m{width}_r{width}", [], uses, address)


# Globals.


def _global_address(s: Selector, instance: Node, index: int, uses: list[Operand]) -> Address:
    uses.append(s.use(instance))
    if not s.layout.global_indirect[index]:
        return Address(0, disp=s.layout.globals[index])
    place = s.temp()
    s.emit("MOV_r64_m64", [place << 16 | ins.REGISTER], [uses.pop()], Address(0, disp=s.layout.globals[index]))
    uses.append(place << 16 | ins.REGISTER)
    return Address(0)


def representation(type: Type) -> str:
    """Of values in cells of 8 bytes."""
    return "Word64" if type.bits == 64 else "Word32"


def visit_global_get(s: Selector, node: Node) -> None:
    uses: list[Operand] = []
    address = _global_address(s, node.inputs[0], node.op.parameters[0], uses)
    s.define(node, load_opcode(s, representation(node.type), node.type), uses, address)


def visit_global_set(s: Selector, node: Node) -> None:
    index, type = node.op.parameters[0], node.op.parameters[1]
    uses: list[Operand] = []
    modified = None
    if not s.layout.global_indirect[index]:
        modified = _modified(s, node.inputs[1], "GlobalGet", node.inputs, type.bits)
    address = _global_address(s, node.inputs[0], index, uses)
    if modified is None:
        store_value(s, node.inputs[1], type.bits, address, uses)
    else:
        _modify(s, modified[0], modified[1], type.bits, address, uses)


# Fields of the instance.


def visit_memory_start(s: Selector, node: Node) -> None:
    s.define(node, "MOV_r64_m64", [s.use(node.inputs[0])], Address(0, disp=s.layout.memories[node.op.parameters]))


def _record_field(s: Selector, instance: Node, slot: int, field: int) -> tuple[list[Operand], Address]:
    """A field of a table's or memory's own record, whose address is 8 bytes behind the slot."""
    record = s.temp()
    s.emit("MOV_r64_m64", [record << 16 | ins.REGISTER], [s.use(instance)], Address(0, disp=slot + 8))
    return [record << 16 | ins.REGISTER], Address(0, disp=field)


def visit_memory_size(s: Selector, node: Node) -> None:
    """Bytes / 65536."""
    uses, address = _record_field(s, node.inputs[0], s.layout.memories[node.op.parameters], MEMORY_BYTES)
    size = s.temp()
    s.emit("MOV_r64_m64", [size << 16 | ins.REGISTER], uses, address)
    s.define_same(node, "SHR_r64_i8", [size << 16 | ins.REGISTER], 16)


def visit_table_size(s: Selector, node: Node) -> None:
    uses, address = _record_field(s, node.inputs[0], s.layout.tables[node.op.parameters], TABLE_LENGTH)
    s.define(node, "MOV_r32_m32", uses, address)


def visit_table_get(s: Selector, node: Node) -> None:
    base = s.temp()
    instance, index = node.inputs[0], node.inputs[1]
    s.emit(
        "MOV_r64_m64",
        [base << 16 | ins.REGISTER],
        [s.use(instance)],
        Address(0, disp=s.layout.tables[node.op.parameters.table]),
    )
    number = immediate(index)
    if number is not None and 0 <= number < 1 << 27:
        s.define(node, "MOV_r64_m64", [base << 16 | ins.REGISTER], Address(0, disp=8 * number))
    else:
        s.define(node, "MOV_r64_m64", [base << 16 | ins.REGISTER, s.use(index)], Address(0, 1, 8))


def visit_table_set(s: Selector, node: Node) -> None:
    base = s.temp()
    instance, index, value = node.inputs[:3]
    slot = Address(0, disp=s.layout.tables[node.op.parameters.table])
    s.emit("MOV_r64_m64", [base << 16 | ins.REGISTER], [s.use(instance)], slot)
    number = immediate(index)
    if number is not None and 0 <= number < 1 << 27:
        s.emit("MOV_m64_r64", [], [base << 16 | ins.REGISTER, s.use(value)], Address(0, disp=8 * number))
    else:
        s.emit("MOV_m64_r64", [], [base << 16 | ins.REGISTER, s.use(index), s.use(value)], Address(0, 1, 8))


def visit_import_record(s: Selector, node: Node) -> None:
    s.define(node, "MOV_r64_m64", [s.use(node.inputs[0])], Address(0, disp=s.layout.imports[node.op.parameters]))


def visit_function_record(s: Selector, node: Node) -> None:
    own = node.op.parameters - len(s.layout.imports)
    s.define(node, "LEA_r64_m", [s.use(node.inputs[0])], Address(0, disp=s.layout.records[own]))


VISITORS: dict[str, Visitor] = {
    "Load": visit_load,
    "Store": visit_store,
    "GlobalGet": visit_global_get,
    "GlobalSet": visit_global_set,
    "ImmutableGlobal": visit_global_get,
    "MemoryStart": visit_memory_start,
    "MemorySize": visit_memory_size,
    "TableSize": visit_table_size,
    "TableGet": visit_table_get,
    "TableSet": visit_table_set,
    "ImportRecord": visit_import_record,
    "FunctionRecord": visit_function_record,
}
