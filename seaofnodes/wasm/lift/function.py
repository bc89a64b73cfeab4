"""From bytecode to the sea of nodes: one linear pass over a function body."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.cleanup import open_loop, remove_redundant_phis
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Origin
from seaofnodes.ir.ops import common, machine as m
from seaofnodes.ir.types import WORD64
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.lift import (
    exceptions as lift_exceptions,
    memory as lift_memory,
    objects as lift_objects,
    references as lift_references,
)
from seaofnodes.wasm.lift.instance import InstanceLifter, Speculate
from seaofnodes.wasm.lift.numeric import NUMERIC_HANDLERS
from seaofnodes.wasm.lift.tables import BINARY, UNARY
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.types import type_of


def lift(
    module: Module,
    function_index: int,
    *,
    frame_states: bool = False,
    checkpoints: bool = False,
    speculate: Speculate | None = None,
    body: Body | None = None,
) -> Graph:
    """The graph of one of the module's own functions.

    frame_states: calls carry a FrameState of mode "after"; checkpoints: a Checkpoint with a FrameState of mode "before"
    stands at calls, loop headers and memory accesses; speculate: the same at single calls; body: the function's body if
    it is decoded already. Linear time. Raises UnsupportedError for a function with very many branches and locals.
    """
    signature = module.functions[function_index]
    parameters = [WORD64, *(type_of(kind) for kind in signature.params)]
    results = [type_of(kind) for kind in signature.results]
    graph = Graph(module.function_name(function_index), parameters, results, function_index)
    body = body or module.body(function_index)
    lifter = Lifter(graph, module, function_index, body, frame_states, checkpoints, speculate)
    lifter.run()
    return graph


class Lifter(InstanceLifter):
    """Walks the instructions."""

    __slots__ = ()

    def run(self) -> None:
        self.enter()
        self.walk(0, len(self.body.opcodes))
        self.finish()

    def enter(self) -> None:
        """Parameters, zero locals, the stack check."""
        graph = self.graph
        count = len(graph.parameters) - 1
        zero = (graph.constant_of(type_of(kind), 0) for kind in self.body.locals[count:])
        self.locals = [*map(self.parameter, range(count)), *zero]
        self.op(common.STACK_CHECK_ENTRY)

    def walk(self, pc: int, end: int) -> int:
        """Lift the instructions from index `pc` up to, not including, `end`; returns where that ended: beyond `end` if
        control cannot get there.
        """
        graph, body, stack = self.graph, self.body, self.stack
        opcodes, immediates, offsets = body.opcodes, body.immediates, body.offsets
        node, push, pop = graph.node, stack.append, stack.pop
        binary, unary, handlers = BINARY.get, UNARY.get, HANDLERS
        origin = partial(tuple.__new__, Origin)  # a named tuple's own constructor takes twice as long
        local_get, local_set, i32_const = w.LOCAL_GET, w.LOCAL_SET, w.I32_CONST
        writes = frozenset((w.LOCAL_SET, w.LOCAL_TEE))
        locals = self.locals
        while pc < end:
            opcode = opcodes[pc]
            if opcode == local_get:
                push(locals[immediates[pc]])
            elif opcode in writes:
                if self.shared:
                    locals = self.own_locals()
                locals[immediates[pc]] = pop() if opcode == local_set else stack[-1]
            elif opcode == i32_const:
                graph.origin = origin((offsets[pc], -1, "lift", "", -1))
                push(graph.int32(immediates[pc]))
            else:
                graph.origin = origin((offsets[pc], -1, "lift", "", -1))
                operation = binary(opcode)
                if operation is not None:
                    right = pop()
                    if operation[1]:
                        push(node(operation[0], right, pop()))
                    else:
                        push(node(operation[0], pop(), right))
                elif (operator := unary(opcode)) is not None:
                    push(node(operator, pop()))
                else:
                    self.pc = pc
                    handler = handlers.get(opcode)
                    if handler is None:
                        raise UnsupportedError(f"{w.OPCODES[opcode].name} in {graph.name} is not optimized")
                    handler(self, immediates[pc])
                    pc = self.pc
                    locals = self.locals
                    if self.unreachable_code and self.labels:  # go on at the else or end of the innermost block
                        pc = self.labels[-1].next_part
                        continue
            pc += 1
        return pc

    def finish(self) -> None:
        """Clean up after the last instruction."""
        graph = self.graph
        graph.origin = Origin()
        for found in self.loops:
            if len(found.loop.inputs) == 1:
                open_loop(graph, found.loop, found.check)
        remove_redundant_phis(graph, self.phis)
        graph.trim()


def _nothing(lifter: Lifter, _: None) -> None:
    pass


def _drop(lifter: Lifter, _: None) -> None:
    lifter.stack.pop()


def _select(lifter: Lifter, _: object) -> None:
    stack = lifter.stack
    condition, otherwise, then = stack.pop(), stack.pop(), stack.pop()
    stack.append(lifter.graph.node(m.SELECT[then.type], condition, then, otherwise))


Handler = Callable[[Lifter, Any], None]
HANDLERS: Final[dict[int, Handler]] = {
    w.UNREACHABLE: Lifter.unreachable_instruction,
    w.NOP: _nothing,
    w.BLOCK: Lifter.block,
    w.LOOP: Lifter.loop,
    w.IF: Lifter.if_,
    w.ELSE: Lifter.else_,
    w.BR: Lifter.br,
    w.BR_IF: Lifter.br_if,
    w.BR_TABLE: Lifter.br_table,
    w.RETURN: Lifter.return_values,
    w.CALL: Lifter.call,
    w.CALL_INDIRECT: Lifter.call_indirect,
    w.DROP: _drop,
    w.SELECT: _select,
    w.GLOBAL_GET: Lifter.global_get,
    w.GLOBAL_SET: Lifter.global_set,
    w.CALL_REF: Lifter.call_ref,
    w.RETURN_CALL: Lifter.return_call,
    w.RETURN_CALL_INDIRECT: Lifter.return_call_indirect,
    w.RETURN_CALL_REF: Lifter.return_call_ref,
    w.SELECT_T: _select,
    **NUMERIC_HANDLERS,
    **lift_exceptions.HANDLERS,
    **lift_memory.HANDLERS,
    **lift_objects.HANDLERS,
    **lift_references.HANDLERS,
}
