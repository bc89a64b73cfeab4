"""Sums and products: LEA does not overwrite an operand, and adds three things at once."""

from __future__ import annotations

from seaofnodes.backend.instruction import Operand
from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.constants import define_word, immediate, word
from seaofnodes.backend.select.memory_operands import memory_operand
from seaofnodes.backend.select.operands import binary, is_load
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node


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
    if name == f"Word{width}Shl" and word(node.inputs[1]) in (1, 2, 3) and total.index is None:
        return total.add(node.inputs[0], 1 << (word(node.inputs[1]) or 0))  # costs nothing, whoever else uses it
    if depth and s.covers(node):
        left, right = node.inputs[0], node.inputs[1] if len(node.inputs) > 1 else node
        if name == f"Int{width}Add":
            state = total.base, total.index, total.scale, total.disp
            if _terms(s, left, total, width, depth - 1) and _terms(s, right, total, width, depth - 1):
                return True
            total.base, total.index, total.scale, total.disp = state
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
        if word(left) is None and (is_load(s, right, width) or is_load(s, left, width)) and immediate(right) is None:
            binary(s, node, "ADD", width, True)
            return
        total = _Sum()
        if not (_terms(s, left, total, width, 2) and _terms(s, right, total, width, 2)):
            total = _Sum()
            if not (_terms(s, left, total, width, 0) and _terms(s, right, total, width, 0)):
                binary(s, node, "ADD", width, True)
                return
        _lea(s, node, total, width)

    return visit


def _lea(s: Selector, node: Node, total: _Sum, width: int) -> None:
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
            _lea(s, node, total, width)
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
        elif value is not None and is_load(s, left, width):
            uses: list[Operand] = []
            address = memory_operand(s, left, uses)
            s.define(node, f"IMUL_r{width}_m{width}_i32", uses, (address, value))
        elif value is not None:
            s.define(node, f"IMUL_r{width}_s{width}_i32", [s.use_any(left)], value)
        else:
            binary(s, node, "IMUL", width, True)

    return visit


def _visitors() -> dict[str, Visitor]:
    found: dict[str, Visitor] = {}
    for width in (32, 64):
        found |= {f"Int{width}Add": _add(width), f"Int{width}Sub": _sub(width), f"Int{width}Mul": _mul(width)}
    return found


VISITORS = _visitors()
