"""Calls: arguments to their places, results from theirs; exceptions thrown and caught."""

from __future__ import annotations

from typing import Final, NamedTuple

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.instruction import Operand, fixed, late
from seaofnodes.backend.layout import INSTANCE, RAX, Locations, locations
from seaofnodes.backend.select.constants import immediate
from seaofnodes.backend.select.exits import Exit, exit_to
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.common import CallDescriptor, Speculation
from seaofnodes.ir.types import Type

_DEPENDENCY: Final = "dependency change"  # V8's words


class LazyExit(NamedTuple):
    """Where a frame leaves when a call has come back, if the code's assumptions have died meanwhile.

    Attributes: exit: of the frame state after the call, whose uses are the last ones of the instruction; first: index
    of the first of these; results: types and places of the call's results: registers, or cells from rsp on.
    """

    exit: Exit
    first: int
    results: tuple[tuple[Type, tuple[str, int]], ...]


class CallTarget(NamedTuple):
    """Where a call goes, and what it needs of the frame.

    Attributes: kind: "slot" (a function of the module, by index), "builtin" (by name) or "record" (in rsi); target:
    index, name or 0; arguments: cells of stack arguments, popped by the callee; results: cells of the result area
    above them; in_try: does it end its block, with a handler as the second successor?; lazy: if the graph depends on
    assumptions.
    """

    kind: str
    target: int | str
    arguments: int
    results: int
    in_try: bool = False
    lazy: LazyExit | None = None


def visit_call(s: Selector, node: Node) -> None:
    """Call, CallRef: arguments fixed in registers or stored from rsp on, then one CALL that defines the results."""
    descriptor: CallDescriptor = node.op.parameters
    found = locations([type.is_float for type in descriptor.parameters], [type.is_float for type in descriptor.results])
    values = node.values
    uses: list[Operand] = [fixed(s.vreg(values[0]), INSTANCE)]
    for value, (kind, number) in zip(values[1:], found.parameters, strict=True):
        if kind == "s":
            constant = immediate(value)
            if constant is not None:
                s.emit(
                    "STORE_ARGUMENT_i", [], [], (number, constant & 0xFFFFFFFF if value.type.bits == 32 else constant)
                )
            else:
                s.emit("STORE_ARGUMENT", [], [s.use(value)], number)
        else:
            uses.append(fixed(s.vreg(value), number if kind == "r" else ins.FIRST_FLOAT + number))
    in_try = descriptor.in_try
    results = _results(s, s.block.successors[0].header if in_try else node, descriptor)
    defs: list[Operand] = []
    for result, (kind, number) in zip(results, found.results, strict=True):
        if result is not None and kind != "s":
            defs.append(fixed(s.vreg(result), number if kind == "r" else ins.FIRST_FLOAT + number))
    if node.op.is_indirect:
        target = CallTarget("record", 0, found.stack_arguments, found.stack_results, in_try)
    elif descriptor.builtin:
        target = CallTarget("builtin", descriptor.builtin, found.stack_arguments, found.stack_results)
    else:
        target = CallTarget("slot", descriptor.function_index, found.stack_arguments, found.stack_results, in_try)
    if s.graph.assumptions and node.op.frame_in:
        lazy = _lazy_exit(s, node, found, len(uses), uses)
        target = target._replace(lazy=lazy)
    s.emit("CALL", defs, uses, target, is_call=True)
    if not in_try:
        load_stack_results(s, node, descriptor)


def _lazy_exit(s: Selector, node: Node, found: Locations, first: int, uses: list[Operand]) -> LazyExit:
    """The exit at a call's return address; adds what is needed there to the uses."""
    speculation = Speculation(_DEPENDENCY, s.graph.function_index)
    exit, needed = exit_to(s, node.frame_state, speculation, "")
    uses += map(late, needed)  # read when the call has come back: in slots, as no register survives
    descriptor: CallDescriptor = node.op.parameters
    places = [
        (kind, number if kind != "s" else found.stack_arguments + number) for kind, number in found.results
    ]
    return LazyExit(exit, first, tuple(zip(descriptor.results, places, strict=True)))


def load_stack_results(s: Selector, node: Node, descriptor: CallDescriptor) -> None:
    """Load the results that are in the result area. node: the call, or the IfSuccess of one in a try."""
    found = locations([type.is_float for type in descriptor.parameters], [type.is_float for type in descriptor.results])
    if not found.stack_results:
        return
    results = _results(s, node, descriptor)
    for result, (kind, number) in zip(results, found.results, strict=True):
        if result is not None and kind == "s":
            s.define(
                result,
                f"LOAD_RESULT_{'x' if result.type.is_float else 'r'}{result.type.bits}",
                [],
                found.stack_arguments + number,
            )


def _results(s: Selector, node: Node, descriptor: CallDescriptor) -> list[Node | None]:
    """The node of each result that is used."""
    count = len(descriptor.results)
    if count == 1 and not descriptor.in_try:
        return [node if s.is_used(node) else None]
    results: list[Node | None] = [None] * count
    for user in node.uses:
        if user.op.is_projection and s.is_used(user):
            results[user.op.parameters[0]] = user
    return results


class TailCallTarget(NamedTuple):
    """Where a tail call goes.

    Attributes: kind, target: as of a CallTarget; arguments: its cells of stack arguments; own: those of the function
    that it replaces; cells: of each cell the index of the use that goes there and its width in bits, or None and a
    constant.
    """

    kind: str
    target: int | str
    arguments: int
    own: int
    cells: tuple[tuple[int | None, int], ...]


def visit_tail_call(s: Selector, node: Node) -> None:
    descriptor: CallDescriptor = node.op.parameters
    floats = [type.is_float for type in descriptor.parameters]
    found = locations(floats, [type.is_float for type in descriptor.results])
    own = locations([type.is_float for type in s.graph.parameters[1:]], [])
    values = node.values
    uses: list[Operand] = [fixed(s.vreg(values[0]), INSTANCE)]
    cells: list[tuple[int | None, int]] = [(None, 0)] * found.stack_arguments
    for value, (kind, number) in zip(values[1:], found.parameters, strict=True):
        if kind != "s":
            uses.append(fixed(s.vreg(value), number if kind == "r" else ins.FIRST_FLOAT + number))
            continue
        constant = immediate(value)
        if constant is None:
            cells[number] = (len(uses), value.type.bits)
            uses.append(s.use_any(value))
        else:
            cells[number] = (None, constant & 0xFFFFFFFF if value.type.bits == 32 else constant)
    if node.op.is_indirect:
        kind, target = "record", 0
    else:
        kind, target = "slot", descriptor.function_index
    payload = TailCallTarget(kind, target, found.stack_arguments, own.stack_arguments, tuple(cells))
    s.emit("TAIL_CALL", [], uses, payload)


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
    "Call": visit_call,
    "CallRef": visit_call,
    "TailCall": visit_tail_call,
    "TailCallRef": visit_tail_call,
    "IfSuccess": visit_if_success,
    "IfException": visit_if_exception,
    "Throw": visit_throw,
}
