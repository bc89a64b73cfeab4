"""Memory operands: an address over virtual registers, and what is known of the range of an index."""

from __future__ import annotations

from typing import NamedTuple

from seaofnodes.ir.node import Node


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


_COMPARISON_SUFFIXES = ("Equal", "LessThan", "LessThanOrEqual")
_DEPTH = 6
_MAX32 = 0xFFFFFFFF


def upper_bound(node: Node, depth: int = _DEPTH) -> int:
    """An unsigned bound of a Word32: it is never above this."""
    op = node.op
    name = op.name
    if name == "Int32Constant":
        value: int = op.parameters
        return value & _MAX32
    if not depth:
        return _MAX32
    depth -= 1
    inputs = node.inputs
    if name == "Word32And":
        return min(upper_bound(inputs[0], depth), upper_bound(inputs[1], depth))
    if name == "Word32Shr":
        count = inputs[1]
        return (
            upper_bound(inputs[0], depth) >> (count.op.parameters & 31) if count.op.name == "Int32Constant" else _MAX32
        )
    if name == "Word32Shl":
        count = inputs[1]
        bound = (
            upper_bound(inputs[0], depth) << (count.op.parameters & 31) if count.op.name == "Int32Constant" else _MAX32
        )
        return min(bound, _MAX32)
    if name == "Int32Add":
        return min(upper_bound(inputs[0], depth) + upper_bound(inputs[1], depth), _MAX32)
    if name == "Int32Mul":
        return min(upper_bound(inputs[0], depth) * upper_bound(inputs[1], depth), _MAX32)
    if name == "Word32Or" or name == "Word32Xor":
        bits = max(upper_bound(inputs[0], depth).bit_length(), upper_bound(inputs[1], depth).bit_length())
        return (1 << bits) - 1
    if name == "Phi":
        return _counter_bound(node)
    if name == "Load":
        return {"Uint8": 0xFF, "Uint16": 0xFFFF}.get(op.parameters.rep, _MAX32)
    if name == "Word32Select":
        return max(upper_bound(inputs[1], depth), upper_bound(inputs[2], depth))
    if name == "Uint32Mod":
        return max(upper_bound(inputs[1], depth) - 1, 0)
    if name == "Uint32Div":
        return upper_bound(inputs[0], depth)
    if name.endswith(_COMPARISON_SUFFIXES):
        return 1
    if name.endswith(("Clz", "Ctz", "Popcnt")):
        return 64
    return _MAX32


def _counter_bound(phi: Node) -> int:
    """Of a loop's counter: from a constant on, by a constant more each turn, while it is less than a constant."""
    loop = phi.control
    if loop.op.name != "Loop" or len(loop.inputs) != 2:
        return _MAX32
    first, following = phi.inputs[0], phi.inputs[1]
    if first.op.name != "Int32Constant" or following.op.name != "Int32Add" or following.inputs[0] is not phi:
        return _MAX32
    latch = loop.inputs[1]
    step = following.inputs[1]
    if latch.op.name != "IfTrue" or step.op.name != "Int32Constant":
        return _MAX32
    condition = latch.inputs[0].inputs[0]
    name = condition.op.name
    if name not in ("Uint32LessThan", "Int32LessThan") or condition.inputs[0] is not following:
        return _MAX32
    limit = condition.inputs[1]
    if limit.op.name != "Int32Constant":
        return _MAX32
    start: int = first.op.parameters
    by: int = step.op.parameters
    end: int = limit.op.parameters
    if name == "Uint32LessThan":  # on the way back it is less than the limit, wrapped or not
        return max(start & _MAX32, (end & _MAX32) - 1)
    bound = max(start, end - 1)
    # by induction: not negative, and the sum does not overflow
    return bound if start >= 0 and by >= 0 and end > 0 and bound + by <= 0x7FFFFFFF else _MAX32


def is_zero_extended(node: Node, depth: int = _DEPTH) -> bool:
    """Are the upper 32 bits of this Word64 known to be zero?"""
    op = node.op
    name = op.name
    if name == "ChangeUint32ToUint64":
        return True
    if name == "Int64Constant":
        return bool(0 <= op.parameters <= _MAX32)
    if name == "Load":
        return bool(op.parameters.rep in ("Uint8", "Uint16", "Uint32"))
    if name == "Word64Shr":
        count = node.inputs[1]
        return count.op.name == "Int64Constant" and bool(count.op.parameters & 63 >= 32)
    if name == "Word64And" and depth:
        return is_zero_extended(node.inputs[0], depth - 1) or is_zero_extended(node.inputs[1], depth - 1)
    return name in ("Word64Clz", "Word64Ctz", "Word64Popcnt")
