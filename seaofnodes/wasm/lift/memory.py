"""Lifting accesses to memories. Those with 64-bit addresses check their bounds in nodes: no guard page is that far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m, traps
from seaofnodes.ir.ops.memory import MemoryAccess, load as load_operator, store as store_operator
from seaofnodes.ir.types import WORD32, WORD64
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.bulk import BULK, immediate_operands
from seaofnodes.wasm.dialect import operators as ops
from seaofnodes.wasm.lift.tables import LOADS, STORES
from seaofnodes.wasm.opcodes import OPCODES
from seaofnodes.wasm.types import I64

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaofnodes.wasm.lift.instance import InstanceLifter

_PAGE: Final = 1 << 16
_NO_MEMORY: Final = 1 << 48  # bytes: none is so large


def is_wide(c: InstanceLifter, memory: int) -> bool:
    """Are the memory's addresses 64 bits?"""
    return c.module.memories[memory].address is I64


def is_shared(c: InstanceLifter, memory: int) -> bool:
    """May another imported memory be the same one?"""
    return memory < c.module.imported_memories > 1


def load(c: InstanceLifter, immediate: tuple[int, int, int]) -> None:
    _, offset, memory = immediate
    opcode = c.body.opcodes[c.pc]
    c.checkpoint()
    rep, type = LOADS[opcode]
    if is_wide(c, memory):
        start, index, left = _checked(c, memory, c.stack.pop(), offset, OPCODES[opcode].width)
        access = MemoryAccess(memory, rep, type, left, False, is_shared(c, memory))
        c.stack.append(c.op(load_operator(access), start, index))
        return
    op = c.accesses.get((opcode, offset, memory))
    if op is None:
        access = MemoryAccess(memory, rep, type, offset, True, is_shared(c, memory))
        op = c.accesses[opcode, offset, memory] = load_operator(access)
    c.stack.append(c.op(op, c.of_instance(ops.memory_start(memory)), c.stack.pop()))


def store(c: InstanceLifter, immediate: tuple[int, int, int]) -> None:
    _, offset, memory = immediate
    opcode = c.body.opcodes[c.pc]
    c.checkpoint()
    rep, type = STORES[opcode]
    value = c.stack.pop()
    if is_wide(c, memory):
        start, index, left = _checked(c, memory, c.stack.pop(), offset, OPCODES[opcode].width)
        c.op(store_operator(MemoryAccess(memory, rep, type, left, False, is_shared(c, memory))), start, index, value)
        return
    op = c.accesses.get((opcode, offset, memory))
    if op is None:
        access = MemoryAccess(memory, rep, type, offset, True, is_shared(c, memory))
        op = c.accesses[opcode, offset, memory] = store_operator(access)
    c.op(op, c.of_instance(ops.memory_start(memory)), c.stack.pop(), value)


def _checked(c: InstanceLifter, memory: int, index: Node, offset: int, width: int) -> tuple[Node, Node, int]:
    """Trap unless index + offset + width is within the memory; gives start, index and offset of the access."""
    graph = c.graph
    end = offset + width
    trap = common.trap_if(traps.MEMORY_OUT_OF_BOUNDS)
    start = c.of_instance(ops.memory_start(memory))
    if end > _NO_MEMORY:
        c.op(trap, graph.int32(1))
        return start, graph.int32(0), 0
    pages = graph.node(m.CHANGE_UINT32_TO_UINT64, c.op(ops.memory_size(memory), c.context))
    size = graph.node(m.WORD64_SHL, pages, graph.int64(16))
    if end > c.module.memories[memory].limits.min * _PAGE:
        c.op(trap, graph.node(m.UINT64_LESS_THAN, size, graph.int64(end)))
    last = graph.node(m.INT64_SUB, size, graph.int64(end))
    c.op(trap, graph.node(m.UINT64_LESS_THAN, last, index))
    start = graph.node(m.INT64_ADD, start, index)
    if offset >> 31:
        start = graph.node(m.INT64_ADD, start, graph.int64(offset))
        offset = 0
    return start, graph.int32(0), offset


def memory_size(c: InstanceLifter, memory: int) -> None:
    size = c.op(ops.memory_size(memory), c.context)
    c.stack.append(c.graph.node(m.CHANGE_UINT32_TO_UINT64, size) if is_wide(c, memory) else size)


def memory_grow(c: InstanceLifter, memory: int) -> None:
    c.checkpoint()
    type = WORD64 if is_wide(c, memory) else WORD32
    descriptor = common.CallDescriptor((WORD32, type), (type,), builtin="memory_grow")
    c.call_builtin(descriptor, [c.graph.int32(memory), c.stack.pop()])


def bulk(c: InstanceLifter, immediate: int | tuple[int, int]) -> None:
    """Of memories and of tables."""
    opcode = c.body.opcodes[c.pc]
    c.checkpoint()
    operands = [c.graph.int32(index) for index in immediate_operands(immediate)]
    operands += c.take(len(OPCODES[opcode].params or ()))
    types = tuple([operand.type for operand in operands])
    c.call_builtin(common.CallDescriptor(types, (), builtin=BULK[opcode]), operands)


HANDLERS: Final[dict[int, Callable[[Any, Any], None]]] = {
    w.MEMORY_SIZE: memory_size,
    w.MEMORY_GROW: memory_grow,
    **dict.fromkeys(BULK, bulk),
    **dict.fromkeys(LOADS, load),
    **dict.fromkeys(STORES, store),
}
