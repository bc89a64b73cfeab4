"""Linear memories."""

from __future__ import annotations

from seaofnodes.backend.instruction import Operand
from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.constants import float_bytes, immediate, word
from seaofnodes.backend.select.memory_operands import linear_address
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.memory import MemoryAccess
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
        address = linear_address(s, node, uses)
        width = access.width
        s.emit(f"CMP_m{width}_i{min(width, 32)}", [], uses, (address, 0))
        return
    address = linear_address(s, node, uses)
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


def modified(s: Selector, value: Node, width: int) -> tuple[str, Node, Node] | None:
    """If `value` is a covered operation on what the place being stored to holds: mnemonic, other operand, load."""
    found = _READ_MODIFY_WRITE.get(value.op.name)
    if found is None or not s.covers(value):
        return None
    mnemonic, commutative = found
    left, right = value.inputs
    for load, other in ((left, right), (right, left)) if commutative else ((left, right),):
        if s.covers_load(load) and other is not load and _same_place(load, s.at, width):
            s.cover(load)
            return mnemonic, other, load
    return None


def _same_place(load: Node, store: Node, width: int) -> bool:
    if load.inputs[0] is not store.inputs[0]:
        return False
    if load.op.is_object_load:
        where, to = load.op.parameters, store.op.parameters
        count = load.op.value_in
        same = store.op.is_object_store and load.inputs[:count] == store.inputs[:count] and where.alias == to.alias
        return same and bool(where.width == width)
    if not load.op.is_load:
        return load.op.cell is not None and load.op.cell == store.op.cell
    access, stored = load.op.parameters, store.op.parameters
    return bool(
        store.op.is_store
        and load.inputs[1] is store.inputs[1]
        and access.offset == stored.offset
        and access.width == width
        and access.memory == stored.memory
    )


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
    found = modified(s, value, width)
    if found is None:
        store_value(s, value, width, linear_address(s, node, uses), uses)
        return
    mnemonic, other, load = found
    address = linear_address(s, load if load.op.parameters.trapping else node, uses)
    modify(s, mnemonic, other, width, address, uses)


def modify(s: Selector, mnemonic: str, other: Node, width: int, address: Address, uses: list[Operand]) -> None:
    number = immediate(other)
    if number is not None:
        s.emit(f"{mnemonic}_m{width}_i{min(width, 32)}", [], uses, (address, signed(number, width)))
    else:
        uses.append(s.use(other))
        s.emit(f"{mnemonic}_m{width}_r{width}", [], uses, address)


def representation(type: Type) -> str:
    """Of values in cells of 8 bytes."""
    return "Word64" if type.bits == 64 else "Word32"


VISITORS: dict[str, Visitor] = {
    "Load": visit_load,
    "Store": visit_store,
}
