"""Operands in memory: addresses of accesses to linear memory, and of what a dialect reads in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.instruction import Operand
from seaofnodes.backend.select.address import Address, upper_bound
from seaofnodes.backend.select.selector import Selector
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops.traps import MEMORY_OUT_OF_BOUNDS

_MAX_DISP = 0x7FFFFFFF


class MemoryOperand(NamedTuple):
    """How a read (an operator with the trait `is_memory_operand`) is done by the instruction that uses its value.

    Attributes: width: bits that are read, 0 if they cannot be an operand; address: appends its registers to the uses.
    """

    width: Callable[[Selector, Node], int]
    address: Callable[[Selector, Node, list[Operand]], Address]


def memory_operand(s: Selector, node: Node, uses: list[Operand]) -> Address:
    """The address of a covered load; its registers are appended to `uses`."""
    s.cover(node)
    if node.op.is_load:
        return linear_address(s, node, uses)
    operand: MemoryOperand = node.op.declaration.dialect.memory_operand(node.op.name)
    return operand.address(s, node, uses)


def operand_width(s: Selector, node: Node) -> int:
    """How many bits a load or another read would read as an operand in memory; 0 if it cannot be one."""
    if node.op.is_load:
        width: int = node.op.parameters.width
        return width
    if not node.op.is_memory_operand:
        return 0
    operand: MemoryOperand = node.op.declaration.dialect.memory_operand(node.op.name)
    return operand.width(s, node)


def linear_address(s: Selector, node: Node, uses: list[Operand]) -> Address:
    """[start + index + offset] of a load or store in linear memory; its registers are appended to `uses`."""
    start, index = node.inputs[0], node.inputs[1]
    offset: int = node.op.parameters.offset
    trap = MEMORY_OUT_OF_BOUNDS if node.op.parameters.trapping else -1
    base = len(uses)
    if index.op.is_int32_constant:
        disp = (index.op.parameters & 0xFFFFFFFF) + offset
        if start.op is m.INT64_ADD and disp <= _MAX_DISP and _only_accessed(start, 0):
            left, scaled, scale = _summands(start)
            uses += [s.use(left), s.use(scaled)]
            return Address(base, base + 1, scale, disp, trap, node=node.id)
        uses.append(s.use(start))
        if disp <= _MAX_DISP:
            return Address(base, disp=disp, trap=trap, node=node.id)
        uses.append(s.constant(disp) << 16 | ins.REGISTER)
        return Address(base, base + 1, trap=trap, node=node.id)
    uses.append(s.use(start))
    if index.op is m.INT32_ADD and index.inputs[1].op.is_int32_constant:
        more = index.inputs[1].op.parameters
        left = index.inputs[0]
        # a zero-extended sum is the sum of the zero-extended parts if it cannot wrap
        if (
            left.op is not m.TRUNCATE_INT64_TO_INT32
            and more >= 0
            and more + offset <= _MAX_DISP
            and upper_bound(left) + more <= 0xFFFFFFFF
        ):
            index, offset = left, offset + more
    scale = 1
    if index.op is m.WORD32_SHL and index.inputs[1].op.is_int32_constant and _only_accessed(index, 1):
        count = index.inputs[1].op.parameters
        left = index.inputs[0]
        if 1 <= count <= 3 and upper_bound(left) << count <= 0xFFFFFFFF:
            index, scale = left, 1 << count
    if offset > _MAX_DISP:
        total = s.temp()
        s.emit("LEA_r64_m", [total << 16 | ins.REGISTER], [uses.pop(), s.use(index)], Address(0, 1, scale))
        uses.append(total << 16 | ins.REGISTER)
        uses.append(s.constant(offset) << 16 | ins.REGISTER)
        return Address(base, base + 1, trap=trap, node=node.id)
    uses.append(s.use(index))
    return Address(base, base + 1, scale, offset, trap, node=node.id)


_FEW = 4


def _only_accessed(node: Node, place: int) -> bool:
    """Is the node only used as the start (place 0) or index (1) of a few memory accesses? If each of them folds it, it
    is not computed.
    """
    uses = node.uses
    return len(uses) <= _FEW and all(
        count == 1 and (user.op.is_load or user.op.is_store) and user.inputs[place] is node
        for user, count in uses.items()
    )


def _summands(node: Node) -> tuple[Node, Node, int]:
    """x, y and scale of an Int64Add that is x + y * scale."""
    left, right = node.inputs
    for base, shift in ((left, right), (right, left)):
        if shift.op is m.WORD64_SHL and shift.inputs[1].op.is_int64_constant:
            count: int = shift.inputs[1].op.parameters
            if 1 <= count <= 3:
                return base, shift.inputs[0], 1 << count
    return left, right, 1
