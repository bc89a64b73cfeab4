"""Typed functions in the graph evaluator, over some memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Never

from seaofnodes.errors import Error, ProgramException, Trap
from seaofnodes.ir.evaluator.evaluate import evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops.traps import STACK_EXHAUSTED, TRAP_REASONS
from seaofnodes.native.running.memory import Memory
from seaofnodes.native.unit import Unit
from seaofnodes.native.values import from_bits, to_bits


class Evaluation:
    """Runs the graphs of a unit; what the graph evaluator asks for (`ir.ops.environment.Environment`)."""

    def __init__(self, unit: Unit, memory: Memory, transform: Callable[[Graph], Graph] = lambda graph: graph) -> None:
        """transform: what is done to each graph before it runs, such as passes."""
        self._unit = unit
        self._memory = memory
        self._transform = transform
        self._graphs: dict[int, Graph] = {}

    def run(self, index: int, *arguments: int | float) -> tuple[int | float, ...]:
        """Call a function of the unit with values. Raises Trap, and EvaluationError for a broken graph."""
        function = self._unit.functions[index]
        bits = [to_bits(value, kind) for value, kind in zip(arguments, function.parameters, strict=True)]
        try:
            found = self.call(index, bits)
        except RecursionError:
            raise Trap(TRAP_REASONS[STACK_EXHAUSTED]) from None
        return tuple(from_bits(word, kind) for word, kind in zip(found, function.results, strict=True))

    def memory_start(self, memory: int) -> int:
        """Addresses are absolute."""
        return 0

    def load(self, memory: int, address: int, width: int) -> int:
        """Of any alias class."""
        return self._memory.load(address & (1 << 64) - 1, width)

    def store(self, memory: int, address: int, width: int, value: int) -> None:
        """Of any alias class."""
        self._memory.store(address & (1 << 64) - 1, width, value)

    def call(self, function_index: int, arguments: Sequence[int]) -> list[int]:
        """Evaluate a function's graph."""
        graph = self._graphs.get(function_index)
        if graph is None:
            graph = self._graphs[function_index] = self._transform(self._unit.graph(function_index))
        return evaluate(graph, arguments, self)

    def call_record(self, record: int, arguments: Sequence[int]) -> list[int]:
        """There are none."""
        raise Error("typed functions have no references")

    def call_builtin(self, name: str, arguments: Sequence[int]) -> list[int]:
        """Polls do nothing here."""
        return []

    def stack_limit_reached(self) -> int:
        """Nothing interrupts."""
        return 0

    def throw(self, exception: int) -> Never:
        """There are none."""
        raise Error("typed functions throw nothing")

    def caught(self, error: ProgramException) -> int:
        """There are none."""
        raise error
