"""The optimizing tier: bytecode and feedback to graph, through the pipeline, to machine code."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.compile import Lowering, compile_graph, lower
from seaofnodes.ir.edits import Edit, EditLog
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.snapshot import GraphSnapshot, snapshot
from seaofnodes.passes.base import CallFeedback, PassContext, PhaseRecord, PipelineObserver, Remark, RuleCount
from seaofnodes.passes.inline import Inlining
from seaofnodes.passes.pipeline import Pipeline
from seaofnodes.passes.stress_deopt import StressDeoptimization
from seaofnodes.runtime.background import stop_if_unwanted
from seaofnodes.runtime.options import EngineOptions
from seaofnodes.wasm.lift import lift
from seaofnodes.wasm.lift_osr import lift_from_loop
from seaofnodes.wasm.module import Module

if TYPE_CHECKING:
    from seaofnodes.runtime.feedback import Feedback
    from seaofnodes.runtime.module_code import ModuleCode


@dataclass(slots=True)
class Phase:
    """A phase of a traced compilation. graph: as it was after the phase; edits: what was done to it, in order."""

    record: PhaseRecord
    graph: GraphSnapshot
    edits: list[Edit] = field(default_factory=list)


@dataclass(slots=True)
class Compilation:
    """A compilation with everything that was seen on the way; nothing of it is installed or run.

    Attributes: graph: what is left after the last pass; phases: in order, the first is the lifted graph; rules: how
    often each was tried and fired; remarks; code; backend: what the backend recorded (schedule, instructions,
    allocation); seconds: of the whole compilation; context: what the passes knew.
    """

    module: Module
    function_index: int
    pipeline: Pipeline
    graph: Graph
    code: MachineCode
    backend: Lowering
    seconds: float
    context: PassContext
    phases: list[Phase] = field(default_factory=list)
    rules: dict[str, RuleCount] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.module.function_name(self.function_index)


class Recorder(PipelineObserver):
    """Keeps a snapshot after each phase that changed the graph; the others share it. edits: keep those too."""

    def __init__(self, edits: bool = False) -> None:
        self.edits = edits
        self.log: EditLog | None = None
        self.phases: list[Phase] = []
        self.nodes = 0  # after the phase before
        self.next_id = -1

    def lifted(self, graph: Graph, seconds: float) -> None:
        if self.edits:
            self.log = graph.observer = EditLog(graph)
        self._add(graph, PhaseRecord("lift", seconds, True))

    def after(self, graph: Graph, record: PhaseRecord) -> None:
        self._add(graph, record)

    def _add(self, graph: Graph, record: PhaseRecord) -> None:
        same = not record.changed and graph.next_id == self.next_id
        taken = self.phases[-1].graph if same else snapshot(graph)
        record.nodes_before, record.nodes_after = self.nodes, taken.size
        self.nodes = taken.size
        self.next_id = graph.next_id
        self.phases.append(Phase(record, taken, [] if self.log is None else self.log.take()))


def pipeline_for(source: str | Pipeline, inline: bool) -> Pipeline:
    """The pipeline, or that of a text or name; without the inlining pass if `inline` is False. Raises PassError."""
    pipeline = source if isinstance(source, Pipeline) else Pipeline.parse(source)
    return pipeline if inline else pipeline.without("inline")


_ANY: Final = 1 << 20  # bytes of bytecode
# Bounded in all: each copy of a long body has frame states with all of its locals.
_INLINE_ALL: Final = Inlining(tiny=1000, max_callee=_ANY, budget=10_000, min_budget=10_000, max_inlined=300)


def stressed(pipeline: Pipeline, options: EngineOptions) -> Pipeline:
    """The pipeline with what the engine's options for stress change."""
    if options.stress_inline:
        pipeline = pipeline.replace("inline", _INLINE_ALL)
    if options.stress_deopt:
        pipeline = pipeline.replace("checkpoint-elimination", StressDeoptimization())
    return pipeline


def call_feedback(code: ModuleCode, feedback: Feedback | None) -> Callable[[int, int], CallFeedback]:
    """What the call sites of the module's functions have seen in an instance."""
    first = code.module.imported_functions

    @cache  # code that runs meanwhile changes it
    def calls(function: int, site: int) -> CallFeedback:
        if feedback is None or function < first:
            return CallFeedback()
        return feedback.call(function, site)

    return calls


class Source:
    """Graphs of a module's functions, and what the passes of one compilation may know of them.

    Attributes: context: of the passes; speculate: which calls need frame states, or None if nothing is guessed.
    """

    __slots__ = ("_everywhere", "_module", "context", "speculate")

    def __init__(self, code: ModuleCode, feedback: Feedback | None, pipeline: Pipeline) -> None:
        """feedback: of an instance, or None."""
        module = self._module = code.module
        first = module.imported_functions
        calls = call_feedback(code, feedback)
        self.speculate = None
        if code.engine.options.deopt and feedback is not None and pipeline.has("inline"):
            self.speculate = code.speculations.wanted(module, feedback, calls)
        self._everywhere = pipeline.has("stress-deopt")

        def size(function: int) -> int:
            if function < first:
                return -1
            return module.code[function - first].size

        def invocations(function: int) -> int:
            return 0 if feedback is None or function < first else feedback.invocations(function)

        self.context = PassContext(
            lift=cache(self.lift),
            function_size=size,
            function_name=module.function_name,
            feedback=calls,
            invocations=invocations,
            may_leave=code.speculations.may_leave if self.speculate is not None else lambda function, site: False,
            seed=code.engine.options.seed,
        )

    def lift(self, function: int, osr_offset: int = -1) -> Graph:
        """The graph of an own function; osr_offset: of the loop where it starts, or -1. Raises UnsupportedError."""
        all = self._everywhere
        if osr_offset < 0:
            return lift(self._module, function, frame_states=all, checkpoints=all, speculate=self.speculate)
        return lift_from_loop(
            self._module, function, osr_offset, frame_states=all, checkpoints=all, speculate=self.speculate
        )


class _Wanted(PipelineObserver):
    """Ends a compilation in the background with the program."""

    def before(self, graph: Graph, phase: str) -> None:
        stop_if_unwanted()


def optimize(
    code: ModuleCode, index: int, feedback: Feedback | None, features: CpuFeatures, osr_offset: int = -1
) -> tuple[MachineCode, tuple[Remark, ...]]:
    """Optimized code of an own function, and the passes' remarks; osr_offset: of the loop where it starts, or -1.

    Raises UnsupportedError.
    """
    options = code.engine.options
    pipeline = stressed(pipeline_for(options.pipeline, options.inline), options)
    source = Source(code, feedback, pipeline)
    graph = source.lift(index, osr_offset)
    pipeline.run(graph, source.context, observer=_Wanted(), verify=options.verify)
    stop_if_unwanted()
    made = compile_graph(graph, layout=code.layout, type_ids=code.type_ids, features=features)
    return made, tuple(source.context.remarks)


def node_counts(code: ModuleCode, index: int, feedback: Feedback | None) -> dict[str, int]:
    """How many reachable nodes an own function's graph has after lifting and after all passes."""
    options = code.engine.options
    pipeline = stressed(pipeline_for(options.pipeline, options.inline), options)
    source = Source(code, feedback, pipeline)
    graph = source.lift(index)
    lifted = len(graph.reachable())
    pipeline.run(graph, source.context)
    return {"lift": lifted, "passes": len(graph.reachable())}


def trace_compilation(
    code: ModuleCode, index: int, feedback: Feedback | None, features: CpuFeatures, pipeline: Pipeline
) -> Compilation:
    """Compile an own function and keep everything that can be looked at. Raises UnsupportedError."""
    start = time.perf_counter()
    recorder = Recorder(edits=True)
    source = Source(code, feedback, pipeline)
    context = source.context
    context.timed = True
    graph = source.lift(index)
    recorder.lifted(graph, time.perf_counter() - start)
    pipeline.run(graph, context, observer=recorder, verify=True)
    graph.observer = None
    result = lower(graph, layout=code.layout, type_ids=code.type_ids, features=features, trace=True)
    return Compilation(
        code.module,
        index,
        pipeline,
        graph,
        result.code,
        result,
        time.perf_counter() - start,
        context,
        recorder.phases,
        context.rules,
        context.remarks,
    )
