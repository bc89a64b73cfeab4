"""Floating point arithmetic and conversions: AVX's three-operand forms where there is AVX, else SSE's two-address
ones.
"""

from __future__ import annotations

from seaofnodes.backend.instruction import Operand, late, register
from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.constants import float_bytes
from seaofnodes.backend.select.memory_operands import memory_operand
from seaofnodes.backend.select.operands import is_load, memory_or_constant
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node


def _suffix(width: int) -> str:
    return "SS" if width == 32 else "SD"


def _binary(mnemonic: str, width: int, commutative: bool) -> Visitor:
    scalar = mnemonic + _suffix(width)

    def visit(s: Selector, node: Node) -> None:
        left, right = node.inputs
        if commutative and (
            float_bytes(left) is not None or (is_load(s, left, width) and not is_load(s, right, width))
        ):
            left, right = right, left
        uses = [s.use(left)]
        address = memory_or_constant(s, right, width, uses) if left is not right else None
        if s.features.avx:
            if address is not None:
                s.define(node, f"V{scalar}_x_x_m{width}", uses, address)
            else:
                s.define(node, f"V{scalar}_x_x_s{width}", [*uses, s.use_any(right)])
        elif address is not None:
            s.define_same(node, f"{scalar}_x_m{width}", uses, address)
        else:
            s.define_same(node, f"{scalar}_x_s{width}", [*uses, s.use_any(right)], None, commutative)

    return visit


def _unary(mnemonic: str, width: int, immediate: int | None = None) -> Visitor:
    """SQRT and ROUND: of a register, or of memory."""
    scalar = mnemonic + _suffix(width)

    def visit(s: Selector, node: Node) -> None:
        value = node.inputs[0]
        tail = "" if immediate is None else "_i8"
        if s.features.avx:
            s.define(node, f"V{scalar}_x_x_x{tail}", [s.use(value)], immediate)
        elif is_load(s, value, width):
            uses: list[Operand] = []
            address = memory_operand(s, value, uses)
            s.define(node, f"{scalar}_x_m{width}{tail}", uses, address if immediate is None else (address, immediate))
        else:
            s.define(node, f"{scalar}_x_x{tail}", [s.use(value)], immediate)

    return visit


def _sign_mask(operation: str, width: int) -> Visitor:
    """Abs and neg: AND or XOR with a constant."""
    sign = 1 << (width - 1)
    mask = (sign - 1 if operation == "AND" else sign).to_bytes(width // 8, "little") * (128 // width)

    def visit(s: Selector, node: Node) -> None:
        address = Address(-1, constant=mask)
        if s.features.avx:
            s.define(node, f"V{operation}PS_x_x_m128", [s.use(node.inputs[0])], address)
        else:
            s.define_same(node, f"{operation}PS_x_m128", [s.use(node.inputs[0])], address)

    return visit


def _macro(opcode: str) -> Visitor:
    """An emitter macro of all inputs, which are needed until its end."""

    def visit(s: Selector, node: Node) -> None:
        s.define(node, opcode, [late(s.use(value)) for value in node.values])

    return visit


def _min_max(mnemonic: str, width: int) -> Visitor:
    return _macro(f"{mnemonic}_{width}")


def _convert(opcode: str, width: int = 0) -> Visitor:
    """One instruction that reads a register or memory, with `s` in its opcode's place of the source; width: of a load
    that may be covered.
    """

    def visit(s: Selector, node: Node) -> None:
        value = node.inputs[0]
        name = opcode if not s.features.avx or opcode.startswith("MOV") else "V" + opcode
        if width and is_load(s, value, width):
            uses: list[Operand] = []
            address = memory_operand(s, value, uses)
            s.define(node, name.replace("_s", "_m"), uses, address)
        else:
            s.define(node, name, [s.use_any(value)])

    return visit


def _int_to_float(source: int, signed: bool, width: int) -> Visitor:
    if source == 64 and not signed:
        return _macro_with_temp(f"UINT64_TO_FLOAT{width}")
    bits = 32 if source == 32 and signed else 64  # an unsigned word is a small signed 64-bit number
    return _to_float(f"CVTSI2{_suffix(width)}", bits, source == bits)


def _to_float(mnemonic: str, bits: int, may_load: bool) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        value = node.inputs[0]
        if may_load and is_load(s, value, bits):
            uses: list[Operand] = []
            address = memory_operand(s, value, uses)
            s.define(node, f"{mnemonic}_m{bits}", uses, address)
        else:
            s.define(node, f"{mnemonic}_s{bits}", [s.use_any(value)])

    return visit


def _macro_with_temp(opcode: str, kind: str = "r") -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        s.emit(
            opcode,
            [register(s.vreg(node))],
            [late(s.use(node.inputs[0]))],
            temps=[register(s.temp(kind))],
        )

    return visit


def _float_to_int(width: int, signed: bool, bits: int, saturating: bool) -> Visitor:
    suffix = _suffix(width)
    if saturating or (bits == 64 and not signed):
        how = "SATURATE" if saturating else "TRUNCATE"
        return _macro_with_temp(f"{how}_{suffix}_{'I' if signed else 'U'}{bits}", "x")
    # in range, the lower half of the signed 64-bit result is the unsigned word
    return _convert(f"CVTT{suffix}2SI_r{32 if signed and bits == 32 else 64}_s{width}", width)


def _bitcast(opcode: str) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        value = node.inputs[0]
        width = value.type.bits
        if is_load(s, value, width):
            uses: list[Operand] = []
            address = memory_operand(s, value, uses)
            if node.type.is_float:
                s.define(node, f"{'V' if s.features.avx else ''}MOV{_suffix(width)}_x_m{width}", uses, address)
            else:
                s.define(node, f"MOV_r{width}_m{width}", uses, address)
        else:
            s.define(node, ("V" if s.features.avx else "") + opcode, [s.use(value)])

    return visit


def _visitors() -> dict[str, Visitor]:
    found: dict[str, Visitor] = {
        "ChangeFloat32ToFloat64": _float_to_float("CVTSS2SD", 32),
        "TruncateFloat64ToFloat32": _float_to_float("CVTSD2SS", 64),
        "BitcastInt32ToFloat32": _bitcast("MOVD_x_r32"),
        "BitcastFloat32ToInt32": _bitcast("MOVD_r32_x"),
        "BitcastInt64ToFloat64": _bitcast("MOVQ_x_r64"),
        "BitcastFloat64ToInt64": _bitcast("MOVQ_r64_x"),
    }
    for width in (32, 64):
        f = f"Float{width}"
        found |= {
            f"{f}Add": _binary("ADD", width, True),
            f"{f}Sub": _binary("SUB", width, False),
            f"{f}Mul": _binary("MUL", width, True),
            f"{f}Div": _binary("DIV", width, False),
            f"{f}Min": _min_max("FMIN", width),
            f"{f}Max": _min_max("FMAX", width),
            f"{f}Copysign": _macro(f"COPYSIGN_{width}"),
            f"{f}Abs": _sign_mask("AND", width),
            f"{f}Neg": _sign_mask("XOR", width),
            f"{f}Sqrt": _unary("SQRT", width),
            f"{f}RoundDown": _unary("ROUND", width, 9),
            f"{f}RoundUp": _unary("ROUND", width, 10),
            f"{f}RoundTruncate": _unary("ROUND", width, 11),
            f"{f}RoundTiesEven": _unary("ROUND", width, 8),
        }
        for bits in (32, 64):
            for signed in (True, False):
                integer = f"{'Int' if signed else 'Uint'}{bits}"
                change = "Change" if bits == 32 and width == 64 else "Round"
                found[f"{change}{integer}To{f}"] = _int_to_float(bits, signed, width)
                found[f"Truncate{f}To{integer}"] = _float_to_int(width, signed, bits, False)
                found[f"Saturate{f}To{integer}"] = _float_to_int(width, signed, bits, True)
    return found


def _float_to_float(mnemonic: str, width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        value = node.inputs[0]
        if s.features.avx:
            if is_load(s, value, width):
                uses: list[Operand] = []
                address = memory_operand(s, value, uses)
                s.define(node, f"{mnemonic}_x_m{width}", uses, address)
            else:
                s.define(node, f"V{mnemonic}_x_x_x", [s.use(value)])
        else:
            s.define(node, f"{mnemonic}_x_s{width}", [s.use_any(value)])

    return visit


VISITORS = _visitors()
