"""Integer arithmetic."""

from __future__ import annotations

from seaofnodes.backend.instruction import Operand, fixed, late, register, register_or_slot, same_as_first
from seaofnodes.backend.layout import RAX, RCX, RDX
from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.constants import define_word, immediate, word
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node


def _load_of(s: Selector, node: Node, width: int) -> bool:
    """May the load `node` be a memory operand of an instruction of that width?"""
    if node.op.name == "Load":
        return s.covers_load(node) and node.op.parameters.width == width
    return node.op.name == "GlobalGet" and s.covers_load(node) and not s.layout.global_indirect[node.op.parameters[0]]


def binary(s: Selector, node: Node, mnemonic: str, width: int, commutative: bool) -> None:
    """A two-address instruction with a register, memory or immediate as its second operand."""
    left, right = node.inputs[0], node.inputs[1]
    if commutative and word(left) is not None:
        left, right = right, left
    value = immediate(right)
    if value is not None:
        s.define_same(node, f"{mnemonic}_r{width}_i32", [s.use(left)], value)
        return
    if commutative and not _load_of(s, right, width) and _load_of(s, left, width):
        left, right = right, left
    if left is not right and _load_of(s, right, width):
        uses = [s.use(left)]
        address = s.memory_operand(right, uses)
        s.define_same(node, f"{mnemonic}_r{width}_m{width}", uses, address)
        return
    s.define_same(node, f"{mnemonic}_r{width}_s{width}", [s.use(left), s.use_any(right)], None, commutative)


def _binary(mnemonic: str, width: int, commutative: bool = False) -> Visitor:
    return lambda s, node: binary(s, node, mnemonic, width, commutative)


# Addition: LEA does not overwrite an operand, and adds three things at once.


class _Sum:
    """base + index * scale + disp; base and index may be missing."""

    __slots__ = ("base", "disp", "index", "scale")

    def __init__(self) -> None:
        self.base: Node | None = None
        self.index: Node | None = None
        self.scale = 1
        self.disp = 0

    def add(self, node: Node, scale: int = 1) -> bool:
        if scale == 1 and self.base is None:
            self.base = node
        elif self.index is None:
            self.index, self.scale = node, scale
        elif scale == 1 and self.scale != 1 and self.base is None:
            self.base = node
        else:
            return False
        return True


def _terms(s: Selector, node: Node, total: _Sum, width: int, depth: int) -> bool:
    """Add `node`'s value to the sum, through what may be covered. False if there is no room; then nothing has
    changed.
    """
    op = node.op
    name = op.name
    value = word(node)
    if value is not None:
        disp = total.disp + value
        if width == 32:
            disp = (disp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        if -0x80000000 <= disp <= 0x7FFFFFFF:
            total.disp = disp
            return True
        return total.add(node)
    if depth and s.covers(node):
        left, right = node.inputs[0], node.inputs[1] if len(node.inputs) > 1 else node
        if name == f"Int{width}Add":
            state = total.base, total.index, total.scale, total.disp
            if _terms(s, left, total, width, depth - 1) and _terms(s, right, total, width, depth - 1):
                return True
            total.base, total.index, total.scale, total.disp = state
        elif name == f"Word{width}Shl" and word(right) in (1, 2, 3) and total.index is None:
            return total.add(left, 1 << (word(right) or 0))
        elif name == f"Int{width}Mul" and word(right) in (3, 5, 9) and total.base is None and total.index is None:
            total.base = total.index = left
            total.scale = (word(right) or 0) - 1
            return True
        elif name == f"Int{width}Sub" and word(right) is not None and total.base is None:
            negated = -(word(right) or 0)
            if -0x80000000 <= total.disp + negated <= 0x7FFFFFFF:
                total.disp += negated
                return total.add(left)
    return total.add(node)


def _add(width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs[0], node.inputs[1]
        if node.id == s.flags_of:
            binary(s, node, "ADD", width, True)
            return
        if word(left) is None and (_load_of(s, right, width) or _load_of(s, left, width)) and immediate(right) is None:
            binary(s, node, "ADD", width, True)
            return
        total = _Sum()
        if not (_terms(s, left, total, width, 2) and _terms(s, right, total, width, 2)):
            total = _Sum()
            if not (_terms(s, left, total, width, 0) and _terms(s, right, total, width, 0)):
                binary(s, node, "ADD", width, True)
                return
        lea(s, node, total, width)

    return visit


def lea(s: Selector, node: Node, total: _Sum, width: int) -> None:
    if total.base is None and total.index is None:
        define_word(s, node, total.disp & 0xFFFFFFFF if width == 32 else total.disp)
        return
    uses: list[Operand] = []
    base = index = -1
    if total.base is not None:
        base = 0
        uses.append(s.use(total.base))
    if total.index is not None:
        index = len(uses)
        uses.append(s.use(total.index))
    s.define(node, f"LEA_r{width}_m", uses, Address(base, index, total.scale, total.disp))


def _sub(width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs
        value = immediate(right)
        if word(left) == 0:
            s.define_same(node, f"NEG_r{width}", [s.use(right)])
        elif value is not None and value != -0x80000000 and node.id != s.flags_of:
            total = _Sum()
            total.disp = -value
            if not _terms(s, left, total, width, 2):
                total.add(left)
            lea(s, node, total, width)
        else:
            binary(s, node, "SUB", width, False)

    return visit


def _mul(width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs
        if word(left) is not None:
            left, right = right, left
        value = immediate(right)
        if value in (3, 5, 9):
            s.define(node, f"LEA_r{width}_m", [s.use(left), s.use(left)], Address(0, 1, value - 1))
        elif value is not None and _load_of(s, left, width):
            uses: list[Operand] = []
            address = s.memory_operand(left, uses)
            s.define(node, f"IMUL_r{width}_m{width}_i32", uses, (address, value))
        elif value is not None:
            s.define(node, f"IMUL_r{width}_s{width}_i32", [s.use_any(left)], value)
        else:
            binary(s, node, "IMUL", width, True)

    return visit


def _and(width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs
        if word(left) is not None:
            left, right = right, left
        value = word(right)
        if node.id != s.flags_of:
            if value == 0xFF:
                s.define(node, "MOVZX_r32_r8", [s.use(left)])
                return
            if value == 0xFFFF:
                s.define(node, "MOVZX_r32_r16", [s.use(left)])
                return
            if value == 0xFFFFFFFF:
                s.define(node, "MOV_r32_s32", [s.use_any(left)])
                return
            if width == 64 and value is not None and 0 <= value <= 0x7FFFFFFF:  # clears the upper half too
                s.define_same(node, "AND_r32_i32", [s.use(left)], value)
                return
            if s.features.bmi1:
                for mask, other in ((left, right), (right, left)):
                    if mask.op.name == f"Word{width}Xor" and word(mask.inputs[1]) == -1 and s.covers(mask):
                        s.define(node, f"ANDN_r{width}_r{width}_s{width}", [s.use(mask.inputs[0]), s.use_any(other)])
                        return
        binary(s, node, "AND", width, True)

    return visit


def _xor(width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs
        if word(right) == -1 and node.id != s.flags_of:
            s.define_same(node, f"NOT_r{width}", [s.use(left)])
        else:
            binary(s, node, "XOR", width, True)

    return visit


# Shifts.


def _shift_count(s: Selector, count: Node, width: int) -> Node:
    """The machine masks the count itself."""
    while count.op.name == f"Word{width}And" and s.covers(count):
        mask = word(count.inputs[1])
        if mask is None or mask & (width - 1) != width - 1:
            break
        count = count.inputs[0]
    if count.op.name == "ChangeInt32ToInt64" and s.covers(count):
        count = count.inputs[0]
    return count


def _shift(mnemonic: str, width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs
        value = word(right)
        if value is not None:
            value &= width - 1
            if value == 0:
                s.define(node, f"MOV_r{width}_s{width}", [s.use_any(left)])
            elif mnemonic == "SHL" and value <= 3 and node.id != s.flags_of:
                s.define(node, f"LEA_r{width}_m", [s.use(left)], Address(-1, 0, 1 << value))
            else:
                s.define_same(node, f"{mnemonic}_r{width}_i8", [s.use(left)], value)
            return
        count = _shift_count(s, right, width)
        if s.features.bmi2 and node.id != s.flags_of:
            if _load_of(s, left, width):
                uses: list[Operand] = []
                address = s.memory_operand(left, uses)
                uses.append(s.use(count))
                s.define(node, f"{mnemonic}X_r{width}_m{width}_r{width}", uses, address)
            else:
                s.define(node, f"{mnemonic}X_r{width}_s{width}_r{width}", [s.use_any(left), s.use(count)])
        else:
            s.define_same(node, f"{mnemonic}_r{width}_cl", [s.use(left), fixed(s.vreg(count), RCX)])

    return visit


def _rotate(mnemonic: str, width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs
        value = word(right)
        if value is None:
            count = _shift_count(s, right, width)
            s.define_same(node, f"{mnemonic}_r{width}_cl", [s.use(left), fixed(s.vreg(count), RCX)])
        elif s.features.bmi2:
            value = value if mnemonic == "ROR" else -value
            if _load_of(s, left, width):
                uses: list[Operand] = []
                address = s.memory_operand(left, uses)
                s.define(node, f"RORX_r{width}_m{width}_i8", uses, (address, value & (width - 1)))
            else:
                s.define(node, f"RORX_r{width}_s{width}_i8", [s.use_any(left)], value & (width - 1))
        else:
            s.define_same(node, f"{mnemonic}_r{width}_i8", [s.use(left)], value & (width - 1))

    return visit


# Multiplication for the upper half, division.


def _multiply_high_64(mnemonic: str) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs
        s.emit(
            f"{mnemonic}_s64",
            [fixed(s.vreg(node), RDX)],
            [fixed(s.vreg(left), RAX), s.use_any(right)],
            temps=[fixed(0, RAX)],
        )

    return visit


def _multiply_high_32(signed: bool) -> Visitor:
    """By way of the 64-bit product: a full multiplication would be tied to rax and rdx."""

    def wide(s: Selector, node: Node) -> int:
        if not signed:
            return s.vreg(node)
        vreg = s.temp()
        s.emit("MOVSXD_r64_s32", [register(vreg)], [s.use_any(node)])
        return vreg

    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs
        if word(left) is not None:
            left, right = right, left
        value = word(right)
        if value is not None and not signed:
            value &= 0xFFFFFFFF
        product = s.temp()
        factor = wide(s, left)
        if value is not None and -0x80000000 <= value <= 0x7FFFFFFF:
            s.emit("IMUL_r64_s64_i32", [register(product)], [register(factor)], value)
        else:
            second = wide(s, right) if value is None else s.constant(value)
            s.emit("IMUL_r64_s64", [same_as_first(product)], [register(factor), register_or_slot(second)])
        s.define_same(node, "SHR_r64_i8", [register(product)], 32)

    return visit


def _divide(signed: bool, modulus: bool, width: int) -> Visitor:
    opcode = f"{'IDIV' if signed else 'DIV'}_s{width}"
    if signed and modulus:
        opcode = f"IREM_s{width}"
    result, other = (RDX, RAX) if modulus else (RAX, RDX)

    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs[0], node.inputs[1]
        divisor = word(right)
        may_be_minus_one = divisor is None or divisor == -1
        s.emit(
            opcode if may_be_minus_one or not signed else f"IDIV_s{width}",
            [fixed(s.vreg(node), result)],
            [fixed(s.vreg(left), RAX), late(s.use_any(right) if not signed or not modulus else s.use(right))],
            temps=[fixed(0, other)],
        )

    return visit


# Bit counts and extensions.


def _count(mnemonic: str, fallback: str, feature: str, width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        value = node.inputs[0]
        if feature and not getattr(s.features, feature):
            s.define(node, f"{fallback}_{width}", [s.use(value)])
        elif _load_of(s, value, width):
            uses: list[Operand] = []
            address = s.memory_operand(value, uses)
            s.define(node, f"{mnemonic}_r{width}_m{width}", uses, address)
        else:
            s.define(node, f"{mnemonic}_r{width}_s{width}", [s.use_any(value)])

    return visit


def _sign_extend(bits: int, width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        value = node.inputs[0]
        if value.op.name == "Load" and s.covers_load(value) and value.op.parameters.width == bits:
            uses: list[Operand] = []
            address = s.memory_operand(value, uses)
            s.define(node, f"MOVSX_r{width}_m{bits}", uses, address)
        else:
            s.define(node, f"MOVSX_r{width}_r{bits}", [s.use(value)])

    return visit


def _int32_to_int64(s: Selector, node: Node) -> None:
    value = node.inputs[0]
    if _load_of(s, value, 32):
        uses: list[Operand] = []
        address = s.memory_operand(value, uses)
        s.define(node, "MOVSXD_r64_m32", uses, address)
    else:
        s.define(node, "MOVSXD_r64_s32", [s.use_any(value)])


def _truncate(s: Selector, node: Node) -> None:
    if not s.is_alias(node):
        s.define(node, "MOV_r32_s32", [s.use_any(node.inputs[0])])


def _alias(s: Selector, node: Node) -> None:
    """Nothing to do: the value is in its input's register."""


def _visitors() -> dict[str, Visitor]:
    found: dict[str, Visitor] = {
        "ChangeInt32ToInt64": _int32_to_int64,
        "ChangeUint32ToUint64": _alias,
        "TruncateInt64ToInt32": _truncate,
        "Int32MulHigh": _multiply_high_32(True),
        "Uint32MulHigh": _multiply_high_32(False),
        "Int64MulHigh": _multiply_high_64("IMUL"),
        "Uint64MulHigh": _multiply_high_64("MUL"),
    }
    for width in (32, 64):
        found |= {
            f"Int{width}Add": _add(width),
            f"Int{width}Sub": _sub(width),
            f"Int{width}Mul": _mul(width),
            f"Word{width}And": _and(width),
            f"Word{width}Or": _binary("OR", width, True),
            f"Word{width}Xor": _xor(width),
            f"Word{width}Shl": _shift("SHL", width),
            f"Word{width}Shr": _shift("SHR", width),
            f"Word{width}Sar": _shift("SAR", width),
            f"Word{width}Rol": _rotate("ROL", width),
            f"Word{width}Ror": _rotate("ROR", width),
            f"Int{width}Div": _divide(True, False, width),
            f"Int{width}Mod": _divide(True, True, width),
            f"Uint{width}Div": _divide(False, False, width),
            f"Uint{width}Mod": _divide(False, True, width),
            f"Word{width}Clz": _count("LZCNT", "CLZ", "lzcnt", width),
            f"Word{width}Ctz": _count("TZCNT", "CTZ", "bmi1", width),
            f"Word{width}Popcnt": _count("POPCNT", "", "", width),
        }
        for bits in (8, 16):
            found[f"SignExtendWord{bits}ToInt{width}"] = _sign_extend(bits, width)
    return found


VISITORS = _visitors()
