"""From what was stored, or loaded before, to what a load wants: bitcasts, truncations, masks and extensions."""

from __future__ import annotations

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops.memory import MemoryAccess
from seaofnodes.ir.types import FLOAT32, WORD32, WORD64, Type
from seaofnodes.passes.analyses.locations import Fact

_SIGN_EXTEND = {
    (8, WORD32): m.SIGN_EXTEND_8_32,
    (16, WORD32): m.SIGN_EXTEND_16_32,
    (8, WORD64): m.SIGN_EXTEND_8_64,
    (16, WORD64): m.SIGN_EXTEND_16_64,
}


def forward(graph: Graph, fact: Fact, access: MemoryAccess) -> Node:
    """The value that a load of `access` gives where the fact holds. The fact must be at least as wide as the access."""
    value, width, type = fact.value, access.width, access.type
    if value.type is type and (fact.rep == access.rep or width == type.bits):
        return value
    if value.type.is_float:
        value = graph.node(m.BITCAST_FLOAT32_TO_INT32 if value.type is FLOAT32 else m.BITCAST_FLOAT64_TO_INT64, value)
    if type.is_float:
        if type is FLOAT32:
            return graph.node(m.BITCAST_INT32_TO_FLOAT32, _low_half(graph, value))
        return graph.node(m.BITCAST_INT64_TO_FLOAT64, value)
    return _extend(graph, value, width, type, signed=access.rep.startswith("Int"))


def _low_half(graph: Graph, value: Node) -> Node:
    return graph.node(m.TRUNCATE_INT64_TO_INT32, value) if value.type is WORD64 else value


def _extend(graph: Graph, value: Node, width: int, type: Type, signed: bool) -> Node:
    """The lowest `width` bits of a word, as a word of `type`."""
    if width == type.bits:
        return value if value.type is type else _low_half(graph, value)
    if width == 32:  # to 64
        change = m.CHANGE_INT32_TO_INT64 if signed else m.CHANGE_UINT32_TO_UINT64
        return graph.node(change, _low_half(graph, value))
    if type is WORD32:
        value = _low_half(graph, value)
    elif value.type is WORD32:
        value = graph.node(m.CHANGE_UINT32_TO_UINT64, value)
    if signed:
        return graph.node(_SIGN_EXTEND[width, type], value)
    mask = graph.constant_of(type, (1 << width) - 1)
    return graph.node(m.WORD32_AND if type is WORD32 else m.WORD64_AND, value, mask)
