"""Memory operands: an address over virtual registers, and what is known of the range of an index."""

from __future__ import annotations

from typing import NamedTuple

from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m
from seaofnodes.ir.types import WORD32


class Address(NamedTuple):
    """[base + scaled * scale + disp], where base and scaled are positions in an instruction's uses, -1 for none; or a
    constant in memory.

    Attributes: trap: reason (index in TRAP_REASONS) if an access may fault, else -1; constant: bytes of the constant,
    or None; node: id of the node that a fault belongs to, -1 for the instruction's own.
    """

    base: int
    scaled: int = -1
    scale: int = 1
    disp: int = 0
    trap: int = -1
    constant: bytes | None = None
    node: int = -1


_SELECT = m.SELECT[WORD32]
_DEPTH = 6
_MAX32 = 0xFFFFFFFF


def upper_bound(node: Node, depth: int = _DEPTH) -> int:
    """An unsigned bound of a Word32: it is never above this."""
    op = node.op
    if op.is_int32_constant:
        value: int = op.parameters
        return value & _MAX32
    if not depth:
        return _MAX32
    depth -= 1
    inputs = node.inputs
    if op is m.WORD32_AND:
        return min(upper_bound(inputs[0], depth), upper_bound(inputs[1], depth))
    if op is m.WORD32_SHR:
        count = inputs[1]
        return upper_bound(inputs[0], depth) >> (count.op.parameters & 31) if count.op.is_int32_constant else _MAX32
    if op is m.WORD32_SHL:
        count = inputs[1]
        bound = upper_bound(inputs[0], depth) << (count.op.parameters & 31) if count.op.is_int32_constant else _MAX32
        return min(bound, _MAX32)
    if op is m.INT32_ADD:
        return min(upper_bound(inputs[0], depth) + upper_bound(inputs[1], depth), _MAX32)
    if op is m.INT32_MUL:
        return min(upper_bound(inputs[0], depth) * upper_bound(inputs[1], depth), _MAX32)
    if op is m.WORD32_OR or op is m.WORD32_XOR:
        bits = max(upper_bound(inputs[0], depth).bit_length(), upper_bound(inputs[1], depth).bit_length())
        return (1 << bits) - 1
    if op.is_value_phi:
        return _counter_bound(node)
    if op.is_load:
        return {"Uint8": 0xFF, "Uint16": 0xFFFF}.get(op.parameters.rep, _MAX32)
    if op is _SELECT:
        return max(upper_bound(inputs[1], depth), upper_bound(inputs[2], depth))
    if op is m.UINT32_MOD:
        return max(upper_bound(inputs[1], depth) - 1, 0)
    if op is m.UINT32_DIV:
        return upper_bound(inputs[0], depth)
    if op.is_comparison:
        return 1
    return 64 if op in m.BIT_COUNTS else _MAX32


def _counter_bound(phi: Node) -> int:
    """Of a loop's counter: from a constant on, by a constant more each turn, while it is less than a constant."""
    loop = phi.control
    if not loop.op.is_loop or len(loop.inputs) != 2:
        return _MAX32
    first, following = phi.inputs[0], phi.inputs[1]
    if not first.op.is_int32_constant or following.op is not m.INT32_ADD or following.inputs[0] is not phi:
        return _MAX32
    latch = loop.inputs[1]
    step = following.inputs[1]
    if latch.op is not common.IF_TRUE or not step.op.is_int32_constant:
        return _MAX32
    condition = latch.inputs[0].inputs[0]
    op = condition.op
    if not (op is m.UINT32_LESS_THAN or op is m.INT32_LESS_THAN) or condition.inputs[0] is not following:
        return _MAX32
    limit = condition.inputs[1]
    if not limit.op.is_int32_constant:
        return _MAX32
    start: int = first.op.parameters
    by: int = step.op.parameters
    end: int = limit.op.parameters
    if op is m.UINT32_LESS_THAN:  # at the back edge it is less than the limit, wrapped or not
        return max(start & _MAX32, (end & _MAX32) - 1)
    bound = max(start, end - 1)
    # by induction: not negative, and the sum does not overflow
    return bound if start >= 0 and by >= 0 and end > 0 and bound + by <= 0x7FFFFFFF else _MAX32


def is_zero_extended(node: Node, depth: int = _DEPTH) -> bool:
    """Are the upper 32 bits of this Word64 known to be zero?"""
    op = node.op
    if op is m.CHANGE_UINT32_TO_UINT64:
        return True
    if op.is_int64_constant:
        return bool(0 <= op.parameters <= _MAX32)
    if op.is_load:
        return bool(op.parameters.rep in ("Uint8", "Uint16", "Uint32"))
    if op is m.WORD64_SHR:
        count = node.inputs[1]
        return count.op.is_int64_constant and bool(count.op.parameters & 63 >= 32)
    if op is m.WORD64_AND and depth:
        return is_zero_extended(node.inputs[0], depth - 1) or is_zero_extended(node.inputs[1], depth - 1)
    return op in m.BIT_COUNTS
