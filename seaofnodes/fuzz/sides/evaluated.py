"""Functions that run as graphs: lifted, optimized, evaluated; what they call is interpreted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from seaofnodes.fuzz.sides.engines import Interpreted
from seaofnodes.fuzz.sides.host import Host
from seaofnodes.fuzz.variant import Variant
from seaofnodes.ir.evaluator.evaluate import evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops import common
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import CallFeedback, PassContext, PhaseRecord, PipelineObserver
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.interpreter.environment import InterpretedEnvironment
from seaofnodes.wasm.interpreter.interpreter import InterpretedFunction
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import Module

_BLOCKS = 30_000


@dataclass(slots=True)
class Reached(PipelineObserver):
    """What optimizing reached: operators in graphs, passes that made loops endless."""

    operators: Counter[str] = field(default_factory=Counter)
    endless: Counter[str] = field(default_factory=Counter)
    _terminated: int = 0

    def before(self, graph: Graph, phase: str) -> None:
        """A pass is to run."""
        self._terminated = _endless_loops(graph)

    def after(self, graph: Graph, record: PhaseRecord) -> None:
        """A pass has run."""
        self.endless[record.name] += max(_endless_loops(graph) - self._terminated, 0)

    def counts(self) -> dict[str, Counter[str]]:
        """By kind."""
        return {"operators": self.operators, "endless": self.endless}

    def note(self, graph: Graph) -> None:
        """Count the operators of a graph."""
        self.operators.update(node.op.name for node in graph.reachable())


def _endless_loops(graph: Graph) -> int:
    return sum(node.op is common.TERMINATE for node in graph.end.inputs)


class Evaluated(Interpreted):
    """An interpreted instance, the first calls of whose exports evaluate graphs. Attributes: reached."""

    def __init__(self, module: Module, variant: Variant, host: Host, pipeline: Pipeline) -> None:
        super().__init__(module, host)
        self.module = module
        self.variant = variant
        self.pipeline = pipeline
        self.reached = Reached()
        self._graphs: dict[int, Graph] = {}
        self._left: Counter[str] = Counter()

    def call(self, export: str, arguments: tuple[int, ...]) -> list[int]:
        """See Machine."""
        function = self.instance.exports[export]
        assert isinstance(function, InterpretedFunction)
        self._left[export] += 1
        if function.instance is not self.instance or self._left[export] > self.variant.calls:
            return super().call(export, arguments)
        graph = self._graphs.get(function.index)
        if graph is None:
            graph = self._graphs[function.index] = self._optimized(function.index)
        return evaluate(graph, arguments, InterpretedEnvironment(self.instance), steps=_BLOCKS)

    def _optimized(self, index: int) -> Graph:
        graph = lift(self.module, index)
        verify(graph)
        self.reached.note(graph)
        context = context_for(self.module)
        self.pipeline.run(graph, context, observer=self.reached, verify=True)
        self.reached.note(graph)
        return graph


def context_for(module: Module) -> PassContext:
    """As if every function had been called often."""

    def size(index: int) -> int:
        if index < module.imported_functions:
            return -1
        body = module.code[index - module.imported_functions]
        return body.end - body.start

    return PassContext(
        lift=lambda index: lift(module, index),
        function_size=size,
        function_name=module.function_name,
        feedback=lambda function, site: CallFeedback(((-1, 1000),)),
        invocations=lambda function: 10,
    )
