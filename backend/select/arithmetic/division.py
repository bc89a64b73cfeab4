"""Division, and the upper halves of products."""

from __future__ import annotations

from seaofnodes.backend.instruction import fixed, late, register, register_or_slot, same_as_first
from seaofnodes.backend.layout import RAX, RDX
from seaofnodes.backend.select.constants import word
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node


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


def _visitors() -> dict[str, Visitor]:
    found: dict[str, Visitor] = {
        "Int32MulHigh": _multiply_high_32(True),
        "Uint32MulHigh": _multiply_high_32(False),
        "Int64MulHigh": _multiply_high_64("IMUL"),
        "Uint64MulHigh": _multiply_high_64("MUL"),
    }
    for width in (32, 64):
        found |= {
            f"Int{width}Div": _divide(True, False, width),
            f"Int{width}Mod": _divide(True, True, width),
            f"Uint{width}Div": _divide(False, False, width),
            f"Uint{width}Mod": _divide(False, True, width),
        }
    return found


VISITORS = _visitors()
