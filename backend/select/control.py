"""Branches, switches, traps, selects, polls, returns."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.instruction import fixed, register
from seaofnodes.backend.layout import locations
from seaofnodes.backend.select.arithmetic.compare import NEGATED, condition
from seaofnodes.backend.select.constants import immediate, word
from seaofnodes.backend.select.exits import exit_to
from seaofnodes.backend.select.memory_operands import memory_operand
from seaofnodes.backend.select.operands import is_load
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node


def visit_branch(s: Selector, node: Node) -> None:
    """The successors are the IfTrue's block, then the IfFalse's."""
    code = condition(s, node.inputs[0])
    s.emit("JCC", [], [], code)


def visit_switch(s: Selector, node: Node) -> None:
    """A jump table if at least a quarter of it is used, else a search. The last successor is the default's."""
    values = tuple(block.header.op.parameters for block in s.block.successors if block.header.op.is_case)
    selector = s.use(node.inputs[0])
    if len(values) >= 4 and values[-1] - values[0] < 4 * len(values):
        s.emit("TABLE_SWITCH", [], [selector], values, temps=[register(s.temp())])
    else:
        s.emit("SEARCH_SWITCH", [], [selector], values)


def _trap(unless: bool) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        value = word(node.inputs[0])
        if value is not None:
            if bool(value) != unless:
                s.emit("TRAP", [], [], node.op.parameters)
            return
        code = condition(s, node.inputs[0])
        s.emit("TRAPCC", [], [], (NEGATED[code] if unless else code, node.op.parameters))

    return visit


NEVER: Final = "never"


def _guard(unless: bool) -> Visitor:
    def visit(s: Selector, node: Node) -> None:
        value = word(node.inputs[0])
        never = value is not None and bool(value) == unless
        if never and not node.op.parameters.stress:
            return
        code = "" if value is not None else condition(s, node.inputs[0])
        when = NEVER if never else NEGATED[code] if unless and code else code
        payload, uses = exit_to(s, node.frame_state, node.op.parameters, when)
        s.emit("DEOPTCC" if code else "DEOPT", [], uses, payload)

    return visit


def visit_deoptimize(s: Selector, node: Node) -> None:
    payload, uses = exit_to(s, node.frame_state, node.op.parameters, "")
    s.emit("DEOPT_END", [], uses, payload)


def visit_select(s: Selector, node: Node) -> None:
    """A conditional move; floats have none, so a short branch."""
    choice, then, otherwise = node.inputs
    code = condition(s, choice)
    if code == "FE":  # two flags tell: move the other value on either
        code, then, otherwise = "FNE", otherwise, then
    if node.type.is_float:
        s.define_same(node, f"SELECT{code}_x", [s.use(otherwise), s.use(then)])
        return
    width = node.type.bits
    if code != "FNE" and is_load(s, then, width):
        uses = [s.use(otherwise)]
        address = memory_operand(s, then, uses)
        s.define_same(node, f"CMOV{code}_r{width}_m{width}", uses, address)
    else:
        s.define_same(node, f"CMOV{code}_r{width}_s{width}", [s.use(otherwise), s.use_any(then)])


def visit_stack_check(s: Selector, node: Node) -> None:
    """The one at entry is done in the prologue."""
    s.emit(f"POLL_{node.op.parameters.upper()}", [], [], is_safepoint=True)


def visit_return(s: Selector, node: Node) -> None:
    graph = s.graph
    found = locations([type.is_float for type in graph.parameters[1:]], [type.is_float for type in graph.results])
    uses: list[int] = []
    for value, (kind, number) in zip(node.values, found.results, strict=True):
        if kind == "s":
            cell = found.stack_arguments + number
            constant = immediate(value)
            if constant is not None:
                s.emit("STORE_RESULT_i", [], [], (cell, constant & 0xFFFFFFFF if value.type.bits == 32 else constant))
            else:
                s.emit("STORE_RESULT", [], [s.use(value)], cell)
        else:
            uses.append(fixed(s.vreg(value), number if kind == "r" else ins.FIRST_FLOAT + number))
    s.emit("RETURN", [], uses, found.stack_arguments)


def visit_unreachable(s: Selector, node: Node) -> None:
    s.emit("UNREACHABLE", [], [])


def nothing(s: Selector, node: Node) -> None:
    """Makes no code of its own."""


VISITORS: dict[str, Visitor] = {
    "Branch": visit_branch,
    "Switch": visit_switch,
    "TrapIf": _trap(False),
    "TrapUnless": _trap(True),
    "DeoptimizeIf": _guard(False),
    "DeoptimizeUnless": _guard(True),
    "Deoptimize": visit_deoptimize,
    "OptimizedOut": nothing,
    "StackCheck": visit_stack_check,
    "Return": visit_return,
    "Unreachable": visit_unreachable,
    "Checkpoint": nothing,
    "FrameState": nothing,
    "StateValues": nothing,
    "ObjectState": nothing,
    "ObjectId": nothing,
    "OsrValue": nothing,
    "Parameter": nothing,
    "Projection": nothing,
} | {f"{type}Select": visit_select for type in ("Word32", "Word64", "Float32", "Float64", "Reference")}
