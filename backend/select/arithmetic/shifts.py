"""Shifts and rotations: with BMI2 by any register, without it by cl."""

from __future__ import annotations

from seaofnodes.backend.instruction import Operand, fixed
from seaofnodes.backend.layout import RCX
from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.constants import word
from seaofnodes.backend.select.memory_operands import memory_operand
from seaofnodes.backend.select.operands import is_load
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m


def _shift_count(s: Selector, count: Node, width: int) -> Node:
    """The machine masks the count itself."""
    while count.op.name == f"Word{width}And" and s.covers(count):
        mask = word(count.inputs[1])
        if mask is None or mask & (width - 1) != width - 1:
            break
        count = count.inputs[0]
    if count.op is m.CHANGE_INT32_TO_INT64 and s.covers(count):
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
            if is_load(s, left, width):
                uses: list[Operand] = []
                address = memory_operand(s, left, uses)
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
            if is_load(s, left, width):
                uses: list[Operand] = []
                address = memory_operand(s, left, uses)
                s.define(node, f"RORX_r{width}_m{width}_i8", uses, (address, value & (width - 1)))
            else:
                s.define(node, f"RORX_r{width}_s{width}_i8", [s.use_any(left)], value & (width - 1))
        else:
            s.define_same(node, f"{mnemonic}_r{width}_i8", [s.use(left)], value & (width - 1))

    return visit


def _visitors() -> dict[str, Visitor]:
    found: dict[str, Visitor] = {}
    for width in (32, 64):
        found |= {
            f"Word{width}Shl": _shift("SHL", width),
            f"Word{width}Shr": _shift("SHR", width),
            f"Word{width}Sar": _shift("SAR", width),
            f"Word{width}Rol": _rotate("ROL", width),
            f"Word{width}Ror": _rotate("ROR", width),
        }
    return found


VISITORS = _visitors()
