"""Logic, counts of bits, extensions."""

from __future__ import annotations

from seaofnodes.backend.instruction import Operand
from seaofnodes.backend.select.constants import word
from seaofnodes.backend.select.memory_operands import memory_operand
from seaofnodes.backend.select.operands import binary, is_load
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node


def _binary(mnemonic: str, width: int, commutative: bool = False) -> Visitor:
    return lambda s, node: binary(s, node, mnemonic, width, commutative)


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


# Bit counts and extensions.


def _count(mnemonic: str, fallback: str, feature: str, width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        value = node.inputs[0]
        if feature and not getattr(s.features, feature):
            s.define(node, f"{fallback}_{width}", [s.use(value)])
        elif is_load(s, value, width):
            uses: list[Operand] = []
            address = memory_operand(s, value, uses)
            s.define(node, f"{mnemonic}_r{width}_m{width}", uses, address)
        else:
            s.define(node, f"{mnemonic}_r{width}_s{width}", [s.use_any(value)])

    return visit


def _sign_extend(bits: int, width: int) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        value = node.inputs[0]
        if value.op.is_load and s.covers_load(value) and value.op.parameters.width == bits:
            uses: list[Operand] = []
            address = memory_operand(s, value, uses)
            s.define(node, f"MOVSX_r{width}_m{bits}", uses, address)
        else:
            s.define(node, f"MOVSX_r{width}_r{bits}", [s.use(value)])

    return visit


def _int32_to_int64(s: Selector, node: Node) -> None:
    value = node.inputs[0]
    if is_load(s, value, 32):
        uses: list[Operand] = []
        address = memory_operand(s, value, uses)
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
    }
    for width in (32, 64):
        found |= {
            f"Word{width}And": _and(width),
            f"Word{width}Or": _binary("OR", width, True),
            f"Word{width}Xor": _xor(width),
            f"Word{width}Clz": _count("LZCNT", "CLZ", "lzcnt", width),
            f"Word{width}Ctz": _count("TZCNT", "CTZ", "bmi1", width),
            f"Word{width}Popcnt": _count("POPCNT", "", "", width),
        }
        for bits in (8, 16):
            found[f"SignExtendWord{bits}ToInt{width}"] = _sign_extend(bits, width)
    return found


VISITORS = _visitors()
