"""Instances whose exported functions run as graphs: lifted, checked, perhaps optimized, evaluated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.evaluator.evaluate import evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.verify import verify
from seaofnodes.wasm.interpreter.environment import InterpretedEnvironment
from seaofnodes.wasm.interpreter.interpreter import InterpretedFunction, InterpretedInstance, Limits
from seaofnodes.wasm.interpreter.link import Imports, instantiate
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import Module


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedFunction(InterpretedFunction):
    """A function of an instance; a call evaluates its graph, and interprets what it calls."""

    transform: Callable[[Graph], None] = field(default=lambda graph: None)

    def invoke(self, arguments: Sequence[int]) -> list[int]:
        try:
            graph = lift(self.instance.module, self.index)
        except UnsupportedError:  # too large
            return super(EvaluatedFunction, self).invoke(arguments)
        verify(graph)
        self.transform(graph)
        environment = InterpretedEnvironment(self.instance)
        bits = list(map(environment.to_bits, arguments, self.type.params))
        found = evaluate(graph, bits, environment, steps=2_000_000)
        return list(map(environment.from_bits, found, self.type.results))


def instantiate_evaluated(
    module: Module, imports: Imports | None = None, transform: Callable[[Graph], None] = lambda graph: None
) -> InterpretedInstance:
    """As `link.instantiate`, but calls of own exported functions from outside evaluate graphs."""
    instance = instantiate(module, imports, limits=Limits(depth=2000))
    for name, found in instance.exports.items():
        if type(found) is InterpretedFunction and found.instance is instance:
            instance.exports[name] = EvaluatedFunction(
                found.type, found.name, instance, found.index, transform=transform
            )
    return instance
