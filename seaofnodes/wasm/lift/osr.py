"""Lifting for on-stack replacement: the graph starts at the header of a loop, in the middle of the function.

The loops around that one are entered in their middle: such a loop is lifted from there to its end, and what then
branches back to its header enters a second copy, lifted from the header (`ControlLifter._enter_loop_again`). V8 peels
the outer loops of a function to the same effect (OSR deconstruction); a loop with two entries would be irreducible.
"""

from __future__ import annotations

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops import common
from seaofnodes.ir.types import WORD64
from seaofnodes.wasm.lift.control import Handler, Label
from seaofnodes.wasm.lift.function import Lifter
from seaofnodes.wasm.lift.instance import Speculate
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.opcodes import LOOP
from seaofnodes.wasm.types import type_of


def lift_from_loop(
    module: Module,
    function_index: int,
    offset: int,
    *,
    frame_states: bool = False,
    checkpoints: bool = False,
    speculate: Speculate | None = None,
) -> Graph:
    """The graph of an own function from the header of the loop at a bytecode offset on.

    Its values are OsrValues: locals, then operands. Raises ValueError if there is no loop at the offset, or control
    cannot get there, and UnsupportedError as `lift` does.
    """
    body = module.body(function_index)
    pc = body.offsets.index(offset)
    if body.opcodes[pc] != LOOP:
        raise ValueError(f"no loop at offset {offset:#x}")
    signature = module.functions[function_index]
    parameters = [WORD64, *(type_of(kind) for kind in signature.params)]
    results = [type_of(kind) for kind in signature.results]

    def lifter() -> Lifter:
        graph = Graph(module.function_name(function_index), parameters, results, function_index)
        return Lifter(graph, module, function_index, body, frame_states, checkpoints, speculate)

    before = lifter()  # for the types of the operands, and the open blocks
    before.enter()
    if before.walk(0, pc) != pc:
        raise ValueError(f"the loop at offset {offset:#x} cannot be reached")
    kinds = [value.type for value in before.locals + before.stack]
    found = lifter()
    graph = found.graph
    graph.osr_offset = offset
    values = [graph.node(common.osr_value(index, type), graph.start) for index, type in enumerate(kinds)]
    found.locals = values[: len(before.locals)]
    found.stack.extend(values[len(before.locals) :])
    found.labels = _entered(before.labels, body.matches)
    found.walk(pc, len(body.opcodes))
    found.finish()
    return graph


def _entered(labels: list[Label], matches: dict[int, int]) -> list[Label]:
    """Open blocks whose beginnings were left out."""
    starts = {end: start for start, end in matches.items() if start >= 0}
    handlers: dict[Handler | None, Handler | None] = {None: None}
    found: list[Label] = []
    for label in labels:
        if label.tries is not None:
            tries = label.tries
            handlers[tries] = Handler(handlers[tries.outer], tries.clauses, tries.outside)
        copy = Label(label.end, label.height, label.arity, handlers[label.handler])
        copy.is_function = label.is_function
        copy.tries, copy.catching = handlers[label.tries], label.catching
        if copy.tries is not None:
            copy.else_index = label.else_index
        if label.loop is not None:
            copy.again = starts[label.end]
        found.append(copy)
    return found
