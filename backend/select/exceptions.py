"""Exceptions: making, throwing, and what handlers look at."""

from __future__ import annotations

from seaofnodes.backend.instruction import fixed
from seaofnodes.backend.layout import INSTANCE, RAX
from seaofnodes.backend.select.calls import CallTarget, load_stack_results
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node


def visit_if_success(s: Selector, node: Node) -> None:
    """Results in registers are definitions of the call itself."""
    load_stack_results(s, node, node.control.op.parameters)


def visit_if_exception(s: Selector, node: Node) -> None:
    """The exception is in rax."""
    if s.is_used(node):
        s.emit("EXCEPTION", [fixed(s.vreg(node), RAX)], [])


def visit_throw(s: Selector, node: Node) -> None:
    instance, exception = node.values
    uses = [fixed(s.vreg(instance), INSTANCE), fixed(s.vreg(exception), RAX)]
    s.emit("CALL", [], uses, CallTarget("builtin", "throw_ref", 0, 0), is_call=True)
    s.emit("UNREACHABLE", [], [])


VISITORS: dict[str, Visitor] = {
    "IfSuccess": visit_if_success,
    "IfException": visit_if_exception,
    "Throw": visit_throw,
}
