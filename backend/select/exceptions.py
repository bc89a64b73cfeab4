"""Exceptions: making, throwing, and what handlers look at."""

from __future__ import annotations

from seaofnodes.backend.instruction import Operand, fixed, register
from seaofnodes.backend.layout import EXCEPTION_PAYLOAD, INSTANCE, RAX
from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.calls import CallTarget, load_stack_results
from seaofnodes.backend.select.memory import load_opcode, representation, store_value
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node


def visit_if_success(s: Selector, node: Node) -> None:
    """Results in registers are definitions of the call itself."""
    load_stack_results(s, node, node.control.op.parameters)


def visit_if_exception(s: Selector, node: Node) -> None:
    """The exception is in rax."""
    if s.is_used(node):
        s.emit("EXCEPTION", [fixed(s.vreg(node), RAX)], [])


def visit_new_exception(s: Selector, node: Node) -> None:
    if not s.is_used(node):
        return
    instance, *values = node.values
    tag: int = node.op.parameters[0]
    uses: list[Operand] = [fixed(s.vreg(instance), INSTANCE), fixed(s.constant(tag), RAX)]
    s.emit("CALL", [fixed(s.vreg(node), RAX)], uses, CallTarget("builtin", "exception_new", 0, 0), is_call=True)
    for index, value in enumerate(values):
        stored = [register(s.vreg(node))]
        store_value(s, value, value.type.bits, Address(0, disp=EXCEPTION_PAYLOAD + 8 * index), stored)


def visit_exception_payload(s: Selector, node: Node) -> None:
    address = Address(0, disp=EXCEPTION_PAYLOAD + 8 * node.op.parameters[0])
    s.define(node, load_opcode(s, representation(node.type), node.type), [s.use(node.inputs[0])], address)


def visit_throw(s: Selector, node: Node) -> None:
    instance, exception = node.values
    uses = [fixed(s.vreg(instance), INSTANCE), fixed(s.vreg(exception), RAX)]
    s.emit("CALL", [], uses, CallTarget("builtin", "throw_ref", 0, 0), is_call=True)
    s.emit("UNREACHABLE", [], [])


VISITORS: dict[str, Visitor] = {
    "IfSuccess": visit_if_success,
    "IfException": visit_if_exception,
    "NewException": visit_new_exception,
    "ExceptionPayload": visit_exception_payload,
    "Throw": visit_throw,
}
