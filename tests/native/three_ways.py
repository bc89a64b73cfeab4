"""One harness for typed functions: CPython over a simulated memory, the graph evaluator, machine code."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from random import Random

from seaofnodes import Engine, Trap
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.verify import verify
from seaofnodes.language.typed import TypedProgram
from seaofnodes.native.function import Function
from seaofnodes.native.running.evaluated import Evaluation
from seaofnodes.native.running.interpreted import Interpreter
from seaofnodes.native.running.memory import SimulatedMemory
from seaofnodes.native.unit import Unit
from seaofnodes.native.values import Floating, Integer, Kind, to_bits
from seaofnodes.passes.framework.pipeline import Pipeline

Outcome = tuple[object, bytes]  # bits of the results, or the reason of a trap; memory afterwards
GRAPHS = ("evaluated", "evaluated after passes")
PASSES = "fix{limit=2}(simplify,gvn,branch-elimination,address-folding,load-elimination),store-elimination,dead-code"


def edges(kind: Kind, random: Random) -> list[int | float]:
    """Values of a kind where something changes, and some others."""
    if kind is bool:
        return [False, True]
    if issubclass(kind, Floating):
        numbers = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 1e-310, 1e-40, 3.4e38, 1e300]
        numbers += [math.inf, -math.inf, math.nan]
        numbers += [2147483647.0, 2147483648.0, -2147483649.0, 4294967296.0, 2.0**63, -(2.0**63), 2.0**64, -0.9]
        return [kind(number) for number in (*numbers, random.uniform(-1e6, 1e6))]
    assert issubclass(kind, Integer)
    least = -(1 << kind.bits - 1)
    found = [0, 1, 2, 3, 7, 8, 10, 31, 32, 33, 63, 64, -1, -2, -7, -8, -10, least, least + 1, ~least, 1 << 31, 1 << 32]
    return [int(kind(number)) for number in (*found, *(random.getrandbits(kind.bits) for _ in range(6)))]


class ThreeWays:
    """Runs the functions of a unit. A function that has a memory gets its address as the first argument.

    Attributes: unit; address: of the memory, the same in each form.
    """

    def __init__(self, functions: Sequence[Function], *, pipeline: str = "default", size: int = 0) -> None:
        self.unit = Unit(functions)
        self.size = size
        self._buffer = ctypes.create_string_buffer(max(size, 1))
        self.address = ctypes.addressof(self._buffer)
        self._program = TypedProgram(functions)
        self._engine = Engine(pipeline, tier="optimized", background=False, strict=True, verify=True)
        self._engine.load_program(self._program)
        self._pipeline = Pipeline.parse(PASSES)
        self._memory = SimulatedMemory()
        self._interpreter = Interpreter(self._memory)
        transforms = zip(GRAPHS, (_verified, self._optimized), strict=True)
        self._evaluations = {name: Evaluation(self.unit, self._memory, transform) for name, transform in transforms}

    def agree(self, index: int, *arguments: int | float, data: bytes = b"") -> Outcome:
        """What all of them give; data: the memory before. Raises AssertionError where they differ."""
        return self.agree_given(index, (self.address, *arguments) if self.size else arguments, data)

    def agree_given(
        self, index: int, given: Sequence[int | float], data: bytes = b"", graphs: Sequence[str] = GRAPHS
    ) -> Outcome:
        """As `agree`, on all arguments as they are. graphs: which are evaluated."""
        data = data.ljust(self.size, b"\0")
        found = {
            "CPython": self._simulated(index, lambda: self._interpreter.call(self.unit.functions[index], *given), data),
            "machine code": self.run(index, given, data),
        }
        for name in graphs:
            found[name] = self._simulated(index, lambda name=name: self._evaluations[name].run(index, *given), data)
        first = found["CPython"]
        name = self.unit.functions[index].name
        if any(outcome != first for outcome in found.values()):
            raise AssertionError(f"{name}{tuple(given)}: {_told(found)}")
        return first

    def agree_on(self, index: int, count: int, random: Random) -> set[object]:
        """As `agree`, on drawn arguments and memory; gives the different results."""
        kinds = self.unit.functions[index].parameters[bool(self.size) :]
        found = set()
        for _ in range(count):
            arguments = [random.choice(edges(kind, random)) for kind in kinds]
            found.add(self.agree(index, *arguments, data=random.randbytes(self.size))[0])
        return found

    def _simulated(self, index: int, call: Callable[[], Sequence[int | float]], data: bytes) -> Outcome:
        after = self._memory.add(self.address, data)
        try:
            return self._bits(index, call()), bytes(after)
        except Trap as trap:
            return trap.reason, bytes(after)

    def run(self, index: int, arguments: Sequence[int | float], data: bytes) -> Outcome:
        """As machine code only."""
        data = data.ljust(self.size, b"\0")
        ctypes.memmove(self._buffer, data, len(data))
        try:
            found: object = self._bits(index, self._program.call(index, *arguments))
        except Trap as trap:
            found = trap.reason
        return found, ctypes.string_at(self._buffer, self.size)

    def _optimized(self, graph: Graph) -> Graph:
        _verified(graph)
        self._pipeline.run(graph, verify=True)
        return graph

    def _bits(self, index: int, results: Sequence[int | float]) -> tuple[int, ...]:
        return tuple(to_bits(v, kind) for v, kind in zip(results, self.unit.functions[index].results, strict=True))


_SHOWN = 256  # bytes of memory in a message


def _told(found: dict[str, Outcome]) -> str:
    """What each form gives; of much memory the first place where it is not as in the first form."""
    first = next(iter(found.values()))[1]
    if len(first) <= _SHOWN:
        return str(found)
    told = []
    for name, (result, memory) in found.items():
        at = next((i for i, (a, b) in enumerate(zip(first, memory, strict=True)) if a != b), -1)
        bytes_there = f"{memory[at : at + 8].hex()} at +{at:#x}, not {first[at : at + 8].hex()}"
        where = "the same memory" if at < 0 else bytes_there
        told.append(f"{name}: {result}, {where}")
    return "; ".join(told)


def _verified(graph: Graph) -> Graph:
    verify(graph)
    return graph
