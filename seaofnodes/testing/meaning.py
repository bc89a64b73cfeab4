"""Do two graphs mean the same? Both are evaluated, with the same arguments in the same made-up instance."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from seaofnodes.errors import Trap, WasmException
from seaofnodes.ir.evaluator.evaluate import OutOfSteps, evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.types import Type
from seaofnodes.testing.graphs import canonical_text, read_graph
from seaofnodes.testing.world import Needs, World

_STEPS: Final = 2000
_FLOAT_EDGES: Final = {
    32: (0, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7F7FFFFF, 1),
    64: (0, 1 << 63, 0x3FF << 52, 0xBFF << 52, 0x7FF << 52, 0xFFF << 52, 0x7FF8 << 48, (0x7FF << 52) - 1, 1),
}
Ending = tuple[object, dict[int, bytearray], dict[int, int], list[tuple[object, ...]]]


def assert_same_meaning(
    before: str | Graph, after: str | Graph, *, rounds: int = 200, seed: int = 0, function: str | int | None = None
) -> None:
    """Assert that two graphs give the same results, traps, memories, globals and calls.

    Arguments are drawn, mostly near the edges of their types; what calls give is drawn, too. A run that takes too long
    is left out. Raises AssertionError with the arguments that show a difference, EvaluationError for a broken graph.
    """
    graphs = read_graph(before, function), read_graph(after, function)
    if graphs[0].parameters != graphs[1].parameters or graphs[0].results != graphs[1].results:
        raise AssertionError(f"signatures differ: {_signature(graphs[0])} and {_signature(graphs[1])}")
    needs = _needs(graphs)
    picker = random.Random(seed)
    for number in range(rounds):
        arguments = [_draw(type, picker) for type in graphs[0].parameters[1:]]
        left, right = (_ending(graph, arguments, World(number, needs)) for graph in graphs)
        if left is not None and right is not None and left != right:
            shown = ", ".join(f"{value:#x}" for value in arguments)
            raise AssertionError(
                f"with arguments ({shown}) {_first_difference(left, right)}\n"
                f"before:\n{canonical_text(graphs[0])}after:\n{canonical_text(graphs[1])}"
            )


def _signature(graph: Graph) -> str:
    return canonical_text(graph).partition("\n")[0]


def _needs(graphs: Sequence[Graph]) -> Needs:
    memories: set[int] = set()
    globals: set[int] = set()
    results: dict[object, tuple[Type, ...]] = {}
    tags: dict[int, tuple[Type, ...]] = {}
    throws = False
    for node in (node for graph in graphs for node in graph.reachable()):
        name, parameters = node.op.name, node.op.parameters
        if name in ("Call", "CallRef"):
            what = parameters.builtin or (parameters.function_index if parameters.function_index >= 0 else None)
            results[what] = parameters.results
        elif name in ("Load", "Store"):
            memories.add(parameters.memory)
        elif name in ("MemoryStart", "MemorySize"):
            memories.add(parameters)
        elif name in ("GlobalGet", "GlobalSet", "ImmutableGlobal"):
            globals.add(parameters[0])
        elif name == "NewException":
            tags[parameters[0]] = parameters[1]
        elif name == "ExceptionHasTag":
            tags.setdefault(parameters, ())
            throws = True
        elif name == "IfException":
            throws = True
    return Needs(frozenset(memories), frozenset(globals), results, throws, tags)


def _draw(type: Type, picker: random.Random) -> int:
    if picker.random() < 0.2:
        return picker.getrandbits(type.bits)
    if type.is_float:
        return picker.choice(_FLOAT_EDGES[type.bits])
    around = picker.choice((0, 0, 1 << picker.randrange(type.bits), 1 << type.bits - 1, 8 * picker.randrange(64)))
    return (around + picker.randint(-3, 3)) % (1 << type.bits)


def _ending(graph: Graph, arguments: Sequence[int], world: World) -> Ending | None:
    try:
        end: object = tuple(evaluate(graph, arguments, world, steps=_STEPS))
    except Trap as trap:
        end = f"trap: {trap.reason}"
    except WasmException as exception:
        end = f"exception: {exception.tag} {exception.values}"
    except OutOfSteps:
        return None
    return end, world.memories, world.globals, world.log


def _first_difference(left: Ending, right: Ending) -> str:
    if left[0] != right[0]:
        return f"the end is {left[0]} before, {right[0]} after"
    if left[3] != right[3]:
        return f"the calls are {left[3]} before, {right[3]} after"
    if left[2] != right[2]:
        return f"the globals are {left[2]} before, {right[2]} after"
    for memory, data in left[1].items():
        other = right[1][memory]
        for at in range(0, len(data), 8):
            if data[at : at + 8] != other[at : at + 8]:
                return f"memory {memory} has {data[at : at + 8].hex()} at {at} before, {other[at : at + 8].hex()} after"
    return "nothing differs"
