"""Lifting what touches the instance: memories, globals, tables, calls; and frame states."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.ir import traps
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops import wasm as ops
from seaofnodes.ir.types import WORD32
from seaofnodes.wasm import constexpr
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.bulk import BULK, immediate_operands
from seaofnodes.wasm.lift_control import ControlLifter
from seaofnodes.wasm.lift_tables import LOADS, STORES, TYPES
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.opcodes import GLOBAL_GET, OPCODES
from seaofnodes.wasm.types import FuncType

CallKind = Callable[[common.CallDescriptor], Operator]


class InstanceLifter(ControlLifter):
    """Attributes: frame_states: do calls carry one?; checkpoints: are there any?"""

    __slots__ = ("_accesses", "_pure", "checkpoints", "frame_states", "function_index", "module")

    def __init__(
        self, graph: Graph, module: Module, function_index: int, body: Body, frame_states: bool, checkpoints: bool
    ) -> None:
        super().__init__(graph, body)
        self.module = module
        self.function_index = function_index
        self.frame_states = frame_states
        self.checkpoints = checkpoints
        self._pure: dict[Operator, Node] = {}  # nodes that depend on the instance alone
        self._accesses: dict[tuple[int, int, int], Operator] = {}  # (opcode, offset, memory) -> load or store

    # Frame states.

    def frame_state(self, mode: str) -> Node:
        """The baseline frame before the current instruction, or after it (a call, without its results)."""
        values = [*self.locals, *self.stack]
        self.work.spend(len(values))
        info = common.FrameInfo(
            function_index=self.function_index,
            bytecode_offset=self.body.offsets[self.pc],
            mode=mode,
            locals=len(self.locals),
            stack=len(self.stack),
            types=tuple([value.type for value in values]),
        )
        return self.graph.node(common.frame_state(info), *values)

    def checkpoint(self) -> None:
        if self.checkpoints:
            self.op(common.CHECKPOINT, frame_state=self.frame_state("before"))

    # Memories.

    def _of_instance(self, op: Operator) -> Node:
        """The one node of an operator whose value depends on the instance alone."""
        found = self._pure.get(op)
        if found is None:
            found = self._pure[op] = self.graph.node(op, self.instance)
        return found

    def load(self, immediate: tuple[int, int, int]) -> None:
        _, offset, memory = immediate
        opcode = self.body.opcodes[self.pc]
        self.checkpoint()
        op = self._accesses.get((opcode, offset, memory))
        if op is None:
            rep, type = LOADS[opcode]
            op = self._accesses[opcode, offset, memory] = ops.load(ops.MemoryAccess(memory, rep, type, offset))
        self.stack.append(self.op(op, self._of_instance(ops.memory_start(memory)), self.stack.pop()))

    def store(self, immediate: tuple[int, int, int]) -> None:
        _, offset, memory = immediate
        opcode = self.body.opcodes[self.pc]
        self.checkpoint()
        op = self._accesses.get((opcode, offset, memory))
        if op is None:
            rep, type = STORES[opcode]
            op = self._accesses[opcode, offset, memory] = ops.store(ops.MemoryAccess(memory, rep, type, offset))
        value = self.stack.pop()
        self.op(op, self._of_instance(ops.memory_start(memory)), self.stack.pop(), value)

    def memory_size(self, memory: int) -> None:
        self.stack.append(self.op(ops.memory_size(memory), self.instance))

    def memory_grow(self, memory: int) -> None:
        self.checkpoint()
        delta = self.stack.pop()
        descriptor = common.CallDescriptor((WORD32, WORD32), (WORD32,), builtin="memory_grow")
        self._call(common.call, descriptor, self.instance, [self.graph.int32(memory), delta])

    def bulk(self, immediate: int | tuple[int, int]) -> None:
        opcode = self.body.opcodes[self.pc]
        self.checkpoint()
        operands = [self.graph.int32(index) for index in immediate_operands(immediate)]
        operands += self._take(len(OPCODES[opcode].params or ()))
        descriptor = common.CallDescriptor((WORD32,) * len(operands), (), builtin=BULK[opcode])
        self._call(common.call, descriptor, self.instance, operands)

    # Globals.

    def global_get(self, index: int) -> None:
        found = self.module.globals[index].type
        type = TYPES[found.type]
        if found.mutable:
            value = self.op(ops.global_get(index, type, self._alias(index)), self.instance)
        else:
            bits = constant_global(self.module, index)
            if bits is None:
                value = self._of_instance(ops.immutable_global(index, type))
            else:
                value = self.graph.constant_of(type, bits)
        self.stack.append(value)

    def global_set(self, index: int) -> None:
        type = TYPES[self.module.globals[index].type.type]
        self.op(ops.global_set(index, type, self._alias(index)), self.instance, self.stack.pop())

    def _alias(self, index: int) -> str:
        """Imported globals of one type may be one and the same; none of them is an own one, which is younger."""
        if index < self.module.imported_globals:
            return f"imported {self.module.globals[index].type.type.name} globals"
        return f"global{index}"

    # Calls.

    def call(self, index: int) -> None:
        self.checkpoint()
        signature = self.module.functions[index]
        arguments = self._take(len(signature.params))
        if index < self.module.imported_functions:
            record = self._of_instance(ops.import_record(index))
            self._call(common.call_ref, self._descriptor(signature), record, arguments)
        else:
            self._call(common.call, self._descriptor(signature, index), self.instance, arguments)

    def call_indirect(self, immediate: tuple[int, int]) -> None:
        type_index, table = immediate
        self.checkpoint()
        graph = self.graph
        signature = self.module.types[type_index]
        index = self.stack.pop()
        arguments = self._take(len(signature.params))
        limits = self.module.tables[table].limits
        size = graph.int32(limits.min) if limits.min == limits.max else self.op(ops.table_size(table), self.instance)
        self.op(common.trap_unless(traps.UNDEFINED_ELEMENT), graph.node(m.UINT32_LESS_THAN, index, size))
        record = self.op(ops.table_get(table), self.instance, index)
        self.op(ops.check_signature(type_index), record)
        self._call(common.call_ref, self._descriptor(signature), record, arguments)

    def _take(self, count: int) -> list[Node]:
        found = self._top(count)
        del self.stack[len(self.stack) - count :]
        return found

    def _descriptor(self, signature: FuncType, function_index: int = -1) -> common.CallDescriptor:
        return common.CallDescriptor(
            tuple([TYPES[kind] for kind in signature.params]),
            tuple([TYPES[kind] for kind in signature.results]),
            function_index,
            self.facts.sites[self.pc],
            has_frame_state=self.frame_states,
        )

    def _call(self, kind: CallKind, descriptor: common.CallDescriptor, target: Node, arguments: list[Node]) -> None:
        """The operands are popped already."""
        state = self.frame_state("after") if descriptor.has_frame_state else None
        call = self.op(kind(descriptor), target, *arguments, frame_state=state)
        self.stack += self.results(call, descriptor.results)

    def unreachable_instruction(self, _: None) -> None:
        self.op(common.trap_if(traps.UNREACHABLE), self.graph.int32(1))
        self.unreachable()
        self.unreachable_code = True


def constant_global(module: Module, index: int) -> int | None:
    """Bits of an immutable global that the module alone determines, else None."""
    init = module.globals[index].init
    if init is None or module.globals[index].type.mutable:
        return None
    inner = [constant_global(module, immediate) for opcode, immediate in init if opcode == GLOBAL_GET]
    if any(bits is None for bits in inner):
        return None
    found = iter([bits for bits in inner if bits is not None])
    value: int = constexpr.evaluate(init, lambda _: next(found))
    return value
