"""Constants: as immediates, and in registers."""

from __future__ import annotations

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.select.selector import Selector
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common


def word(node: Node) -> int | None:
    """The signed value of a constant word (null is 0), or None."""
    op = node.op
    if op.is_int32_constant or op.is_int64_constant:
        value: int = op.parameters
        return value
    return 0 if op is common.NULL_CONSTANT else None


def immediate(node: Node) -> int | None:
    """The value of a constant that fits a sign-extended 32-bit immediate, or None."""
    value = word(node)
    return value if value is not None and -0x80000000 <= value <= 0x7FFFFFFF else None


def float_bytes(node: Node) -> bytes | None:
    """The bytes of a constant float, or None."""
    op = node.op
    if op.is_constant and op.type.is_float:
        return int(op.parameters).to_bytes(op.type.bits >> 3, "little")
    return None


def _define(s: Selector, node: Node, payload: tuple[str, object]) -> None:
    vreg = s.vreg(node)
    s.sequence.rematerializable[vreg] = payload
    s.emit("CONSTANT", [vreg << 16 | ins.ANYWHERE], [], payload)


def define_word(s: Selector, node: Node, value: int) -> None:
    """The node's value is this constant, after all."""
    _define(s, node, ("int", value))
    if not -0x80000000 <= value <= 0xFFFFFFFF:
        s.sequence.wide.add(s.vreg(node))


def visit_word(s: Selector, node: Node) -> None:
    value = node.op.parameters
    define_word(s, node, value & 0xFFFFFFFF if node.op.is_int32_constant else value)


def visit_null(s: Selector, node: Node) -> None:
    _define(s, node, ("int", 0))


def visit_float(s: Selector, node: Node) -> None:
    data = float_bytes(node)
    assert data is not None
    _define(s, node, ("float", data))


VISITORS = {
    "Int32Constant": visit_word,
    "Int64Constant": visit_word,
    "NullConstant": visit_null,
    "Float32Constant": visit_float,
    "Float64Constant": visit_float,
}
