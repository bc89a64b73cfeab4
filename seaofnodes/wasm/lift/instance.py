"""Lifting what touches the instance: globals, tables, calls; and frame states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from seaofnodes.ir.builder import FrameStates
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common, machine as m, traps
from seaofnodes.ir.ops.objects import type_number
from seaofnodes.wasm import constexpr, opcodes as w
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.dialect import operators as ops
from seaofnodes.wasm.lift.analysis import EDGE_WORK
from seaofnodes.wasm.lift.control import ControlLifter
from seaofnodes.wasm.lift.object_types import ObjectTypes, known_type
from seaofnodes.wasm.liveness import ALL_LIVE, Liveness
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.types import I64, FuncType, RefType, type_of

# Checks that guards before a loop may decide.
_HOISTED = frozenset(
    (w.ARRAY_GET, w.ARRAY_GET_S, w.ARRAY_GET_U, w.ARRAY_SET, w.REF_CAST, w.REF_CAST_NULL, w.CALL_REF)
)

CallKind = Callable[[common.CallDescriptor], Operator]
# (function, number of a call in it, its own callee or -1) -> may code that replaces the call leave for baseline code?
Speculate = Callable[[int, int, int], bool]


class InstanceLifter(ControlLifter):
    """Attributes: frame_states: do all calls carry one?; checkpoints: are there any?; speculate: which calls carry one,
    and have a checkpoint; has_hoisted: are there checks that guards before a loop may decide (None: not known yet);
    accesses: loads and stores by opcode, offset and memory; objects: the types of objects, once they have been asked
    for.
    """

    __slots__ = (
        "_liveness", "_pure", "_states", "accesses", "checkpoints", "frame_states", "function_index",
        "has_hoisted", "module", "objects", "speculate",
    )  # fmt: skip

    def __init__(
        self,
        graph: Graph,
        module: Module,
        function_index: int,
        body: Body,
        frame_states: bool,
        checkpoints: bool,
        speculate: Speculate | None = None,
    ) -> None:
        super().__init__(graph, body)
        self.module = module
        self.function_index = function_index
        self.frame_states = frame_states
        self.checkpoints = checkpoints
        self.speculate = speculate
        self._liveness: Liveness | None = None
        self._pure: dict[Operator, Node] = {}  # nodes that depend on the instance alone
        self._states = FrameStates(graph)
        self.has_hoisted: bool | None = None
        self.accesses: dict[tuple[int, int, int], Operator] = {}
        self.objects: ObjectTypes | None = None

    # Frame states.

    def frame_state(self, mode: str) -> Node:
        """The baseline frame before the current instruction, or after it (a call, without its results)."""
        values = [*self._live_locals(), *self.stack]
        info = common.FrameInfo(
            function_index=self.function_index,
            bytecode_offset=self.body.offsets[self.pc],
            mode=mode,
            locals=len(self.locals),
            stack=len(self.stack),
            types=tuple([value.type for value in values]),
        )
        before = self._states.edges
        state = self._states.make(info, values)
        self.work.spend(EDGE_WORK * (self._states.edges - before))
        return state

    def _live_locals(self) -> list[Node]:
        """The locals; dead ones are optimized out."""
        if self._liveness is None:
            self._liveness = Liveness(self.body)
        live = self._liveness.at(self.pc)
        if live == ALL_LIVE:
            return self.locals
        pure, graph = self._pure, self.graph
        found = []
        for index, value in enumerate(self.locals):
            if not live >> index & 1:
                op = common.optimized_out(value.type)
                value = pure.get(op) or pure.setdefault(op, graph.node(op))
            found.append(value)
        return found

    def checkpoint(self) -> None:
        if self.checkpoints:
            self.op(common.CHECKPOINT, frame_state=self.frame_state("before"))

    def loop_checkpoint(self) -> None:
        """Where guards may stand that decide checks in the loop, if the function has any that are worth it."""
        if self.has_hoisted is None:
            self.has_hoisted = not _HOISTED.isdisjoint(self.body.opcodes)
        if self.speculate is not None and self.has_hoisted:
            self.op(common.CHECKPOINT, frame_state=self.frame_state("before"))

    def _speculates(self, callee: int = -1) -> bool:
        """May the current call be replaced by code that leaves for baseline code?"""
        return self.speculate is not None and self.speculate(self.function_index, self.facts.sites[self.pc], callee)

    def _checkpoint_of_call(self) -> None:
        """Before a call whose target is speculated on."""
        if self.checkpoints or self._speculates():
            self.op(common.CHECKPOINT, frame_state=self.frame_state("before"))

    # What the instance has.

    def of_instance(self, op: Operator) -> Node:
        """The one node of an operator whose value depends on the instance alone."""
        found = self._pure.get(op)
        if found is None:
            found = self._pure[op] = self.graph.node(op, self.context)
        return found

    def of_type(self, type_index: int) -> Node:
        """The number by which the runtime knows a type of the module."""
        op = type_number(type_index)
        found = self._pure.get(op)
        if found is None:
            found = self._pure[op] = self.graph.node(op)
        return found

    # Globals.

    def global_get(self, index: int) -> None:
        found = self.module.globals[index].type
        type = type_of(found.type)
        if found.mutable:
            value = self.op(ops.global_get(index, type, self._alias(index)), self.context)
        else:
            bits = constant_global(self.module, index)
            if bits is None:
                value = self.of_instance(ops.immutable_global(index, type))
            else:
                value = self.graph.constant_of(type, bits)
        self.stack.append(value)

    def global_set(self, index: int) -> None:
        type = type_of(self.module.globals[index].type.type)
        self.op(ops.global_set(index, type, self._alias(index)), self.context, self.stack.pop())

    def _alias(self, index: int) -> str:
        """Imported globals of one type may be one and the same; none of them is an own one, which is younger."""
        if index < self.module.imported_globals:
            kind = self.module.globals[index].type.type
            return f"imported {'reference' if kind.is_reference else kind.name} globals"
        return f"global{index}"

    # Calls.

    def call(self, index: int) -> None:
        self.checkpoint()
        signature = self.module.functions[index]
        arguments = self.take(len(signature.params))
        if index < self.module.imported_functions:
            record = self.of_instance(ops.import_record(index))
            self._call(common.call_ref, self._descriptor(signature), record, arguments)
        else:
            self._call(common.call, self._descriptor(signature, index), self.context, arguments)

    def call_indirect(self, immediate: tuple[int, int]) -> None:
        self._checkpoint_of_call()
        signature, record, arguments = self._indirect(immediate)
        self._call(common.call_ref, self._descriptor(signature), record, arguments)

    def call_ref(self, type_index: int) -> None:
        self._checkpoint_of_call()
        signature, record, arguments = self._referenced(type_index)
        self._call(common.call_ref, self._descriptor(signature), record, arguments)

    def return_call(self, index: int) -> None:
        self.checkpoint()
        signature = self.module.functions[index]
        arguments = self.take(len(signature.params))
        if index < self.module.imported_functions:
            record = self.of_instance(ops.import_record(index))
            self._tail_call(common.tail_call_ref, self._descriptor(signature, returns=False), record, arguments)
        else:
            descriptor = self._descriptor(signature, index, returns=False)
            self._tail_call(common.tail_call, descriptor, self.context, arguments)

    def return_call_indirect(self, immediate: tuple[int, int]) -> None:
        self._checkpoint_of_call()
        signature, record, arguments = self._indirect(immediate)
        self._tail_call(common.tail_call_ref, self._descriptor(signature, returns=False), record, arguments)

    def return_call_ref(self, type_index: int) -> None:
        self._checkpoint_of_call()
        signature, record, arguments = self._referenced(type_index)
        self._tail_call(common.tail_call_ref, self._descriptor(signature, returns=False), record, arguments)

    def _indirect(self, immediate: tuple[int, int]) -> tuple[FuncType, Node, list[Node]]:
        """Signature, record and arguments of an indirect call, checked."""
        type_index, table = immediate
        signature = self.module.function_type(type_index)
        index = self.stack.pop()
        arguments = self.take(len(signature.params))
        index = self.table_index(table, index, traps.UNDEFINED_ELEMENT)
        record = self.table_get(table, index)
        self.op(ops.check_signature(ops.SignatureCheck(type_index, not signature.final)), record)
        return signature, record, arguments

    def _referenced(self, type_index: int) -> tuple[FuncType, Node, list[Node]]:
        signature = self.module.function_type(type_index)
        record = self.stack.pop()
        known = known_type(self.module, self.function_index, record)
        if not isinstance(known, RefType) or known.nullable:
            null = self.graph.node(m.REFERENCE_EQUAL, record, self.graph.constant(common.NULL_CONSTANT))
            self.op(common.trap_if(traps.NULL_FUNCTION), null)
        return signature, record, self.take(len(signature.params))

    def _tail_call(
        self, kind: CallKind, descriptor: common.CallDescriptor, target: Node, arguments: list[Node]
    ) -> None:
        graph = self.graph
        graph.add_end(graph.node(kind(descriptor), target, *arguments, self.effect, self.control))
        self.unreachable_code = True

    def call_builtin(self, descriptor: common.CallDescriptor, operands: list[Node]) -> None:
        """Call a builtin of the runtime; the operands are popped already."""
        self._call(common.call, descriptor, self.context, operands)

    # Tables.

    def is_shared_table(self, table: int) -> bool:
        """May another imported table be the same one?"""
        return table < self.module.imported_tables > 1

    def table_get(self, table: int, index: Node) -> Node:
        """An element; the index is checked."""
        access = ops.TableAccess(table, self.is_shared_table(table), self.module.tables[table].limits.min)
        return self.op(ops.table_get(access), self.context, index)

    def table_index(self, table: int, index: Node, trap: int) -> Node:
        """The index, checked, as a Word32: tables are never larger."""
        graph, kind = self.graph, self.module.tables[table]
        limits = kind.limits
        if index.op.name in ("Int32Constant", "Int64Constant") and 0 <= index.op.parameters < limits.min:
            return graph.int32(index.op.parameters)
        if limits.min == limits.max:
            size = graph.int32(limits.min)
        else:
            size = self.op(ops.table_size(table), self.context)
        if kind.address is I64:
            inside = graph.node(m.UINT64_LESS_THAN, index, graph.node(m.CHANGE_UINT32_TO_UINT64, size))
            self.op(common.trap_unless(trap), inside)
            return graph.node(m.TRUNCATE_INT64_TO_INT32, index)
        self.op(common.trap_unless(trap), graph.node(m.UINT32_LESS_THAN, index, size))
        return index

    def take(self, count: int) -> list[Node]:
        """Pop so many operands."""
        found = self._top(count)
        del self.stack[len(self.stack) - count :]
        return found

    def _descriptor(
        self, signature: FuncType, function_index: int = -1, *, returns: bool = True
    ) -> common.CallDescriptor:
        return common.CallDescriptor(
            tuple([type_of(kind) for kind in signature.params]),
            tuple([type_of(kind) for kind in signature.results]),
            function_index,
            self.facts.sites[self.pc],
            has_frame_state=returns and (self.frame_states or self._speculates(function_index)),
        )

    def _call(self, kind: CallKind, descriptor: common.CallDescriptor, target: Node, arguments: list[Node]) -> None:
        """The operands are popped already."""
        state = self.frame_state("after") if descriptor.has_frame_state else None
        handler = None if descriptor.builtin else self.labels[-1].handler
        if handler is not None:
            descriptor = replace(descriptor, in_try=True)
        call = self.op(kind(descriptor), target, *arguments, frame_state=state)
        if handler is None:
            self.stack += self.results(call, descriptor.results)
        else:
            self.stack += self.call_in_try(call, descriptor.results, handler)

    def unreachable_instruction(self, _: None) -> None:
        self.op(common.trap_if(traps.UNREACHABLE), self.graph.int32(1))
        self.unreachable()
        self.unreachable_code = True


def constant_global(module: Module, index: int) -> int | None:
    """Bits of an immutable global that the module alone determines, else None."""
    init = module.globals[index].init
    declared = module.globals[index].type
    if init is None or declared.mutable or declared.type.is_reference:
        return None
    inner = [constant_global(module, immediate) for opcode, immediate in init if opcode == w.GLOBAL_GET]
    if any(bits is None for bits in inner):
        return None
    found = iter([bits for bits in inner if bits is not None])
    value: int = constexpr.evaluate(init, lambda _: next(found))
    return value
