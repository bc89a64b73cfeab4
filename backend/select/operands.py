"""Operands in memory: loads that are covered, constants of floats; and two-address instructions on them."""

from __future__ import annotations

from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.constants import float_bytes, immediate, word
from seaofnodes.backend.select.memory_operands import memory_operand, operand_width
from seaofnodes.backend.select.selector import Selector
from seaofnodes.ir.node import Node


def is_load(s: Selector, node: Node, width: int) -> bool:
    """May the load be an operand of that many bits in memory?"""
    return s.covers_load(node) and operand_width(s, node) == width


def memory_or_constant(s: Selector, node: Node, width: int, uses: list[int]) -> Address | None:
    """The address of an operand in memory: a constant, or a load that may be covered."""
    data = float_bytes(node)
    if data is not None and any(data):
        return Address(-1, constant=data)
    return memory_operand(s, node, uses) if is_load(s, node, width) else None


def binary(s: Selector, node: Node, mnemonic: str, width: int, commutative: bool) -> None:
    """A two-address instruction with a register, memory or immediate as its second operand."""
    left, right = node.inputs[0], node.inputs[1]
    if commutative and word(left) is not None:
        left, right = right, left
    value = immediate(right)
    if value is not None:
        s.define_same(node, f"{mnemonic}_r{width}_i32", [s.use(left)], value)
        return
    if commutative and not is_load(s, right, width) and is_load(s, left, width):
        left, right = right, left
    if left is not right and is_load(s, right, width):
        uses = [s.use(left)]
        address = memory_operand(s, right, uses)
        s.define_same(node, f"{mnemonic}_r{width}_m{width}", uses, address)
        return
    s.define_same(node, f"{mnemonic}_r{width}_s{width}", [s.use(left), s.use_any(right)], None, commutative)
