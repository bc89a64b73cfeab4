"""The optimizing tier: bytecode and feedback to graph, through the pipeline, to machine code."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.compile import Lowering, compile_graph, lower
from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.budget import STEPS_A_NODE, Budget
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.records.edits import Edit, EditLog
from seaofnodes.ir.records.snapshot import GraphSnapshot, snapshot
from seaofnodes.passes.base import CallFeedback, PassContext, PhaseRecord, PipelineObserver, Remark, RuleCount
from seaofnodes.passes.framework import failures as failures  # whoever stops a compilation asks it where that is
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.inlining.inline import Inliner
from seaofnodes.passes.stress_deopt import StressDeoptimization
from seaofnodes.runtime.tiers.background import stop_if_unwanted
from seaofnodes.runtime.tiers.options import EngineOptions

if TYPE_CHECKING:
    from seaofnodes.runtime.tiers.speculation import Speculations
    from seaofnodes.runtime.tiers.tiers import Tiers
    from seaofnodes.runtime.tiers.unit import Unit, UnitFeedback


class CompiledUnit(Protocol):
    """What the optimizing compiler knows of the unit that it compiles for."""

    @property
    def unit(self) -> Unit: ...

    @property
    def tiers(self) -> Tiers: ...

    @property
    def speculations(self) -> Speculations: ...


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

    unit: Unit
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
        return self.unit.function_name(self.function_index)


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
            self.log = EditLog(graph)
        self._add(graph, PhaseRecord("lift", seconds, True))

    def after(self, graph: Graph, record: PhaseRecord) -> None:
        self._add(graph, record)

    def close(self) -> None:
        """The pipeline has ended."""
        if self.log is not None:
            self.log.close()

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
_INLINE_ALL: Final = Inliner(tiny=1000, max_callee=_ANY, budget=10_000, min_budget=10_000, max_inlined=300)


def stressed(pipeline: Pipeline, options: EngineOptions) -> Pipeline:
    """The pipeline with what the engine's options for stress change."""
    if options.stress_inline:
        pipeline = pipeline.replace("inline", _INLINE_ALL)
    if options.stress_deopt:
        pipeline = pipeline.replace("checkpoint-elimination", StressDeoptimization())
    return pipeline


def _pipeline_of(tiers: Tiers) -> Pipeline:
    """That of an engine's options, made once."""
    if tiers.pipeline is None:
        options = tiers.options
        tiers.pipeline = stressed(pipeline_for(options.pipeline, options.inline), options)
    return tiers.pipeline


def call_feedback(code: CompiledUnit, feedback: UnitFeedback | None) -> Callable[[int, int], CallFeedback]:
    """What the call sites of the unit's functions have seen in an instance."""
    first = code.unit.first

    @cache  # code that runs meanwhile changes it
    def calls(function: int, site: int) -> CallFeedback:
        if feedback is None or function < first:
            return CallFeedback()
        return feedback.call(function, site)

    return calls


class Source:
    """Graphs of a unit's functions, and what the passes of one compilation may know of them.

    Attributes: context: of the passes; speculate: which calls need frame states, or None if nothing is guessed.
    """

    __slots__ = ("_everywhere", "_unit", "context", "speculate")

    def __init__(self, code: CompiledUnit, feedback: UnitFeedback | None, pipeline: Pipeline) -> None:
        """feedback: of an instance, or None."""
        unit = self._unit = code.unit
        calls = call_feedback(code, feedback)
        self.speculate = None
        if code.tiers.options.deopt and feedback is not None and pipeline.has("inline"):
            self.speculate = code.speculations.wanted(unit, feedback, calls)
        self._everywhere = pipeline.has("stress-deopt")

        def invocations(function: int) -> int:
            return 0 if feedback is None or function < unit.first else feedback.invocations(function)

        self.context = PassContext(
            lift=cache(self.lift),
            function_reference=unit.function_reference,
            constant_field=unit.constant_field,
            function_size=unit.function_size,
            function_name=unit.function_name,
            feedback=calls,
            invocations=invocations,
            may_leave=code.speculations.may_leave if self.speculate is not None else lambda function, site: False,
            may_hoist=code.speculations.may_hoist if self.speculate is not None else lambda function, offset: False,
            seed=code.tiers.options.seed,
        )

    def lift(self, function: int, osr_offset: int = -1) -> Graph:
        """The graph of an own function; osr_offset: of the loop where it starts, or -1. Raises UnsupportedError."""
        all = self._everywhere
        return self._unit.lift(function, osr_offset, frame_states=all, checkpoints=all, speculate=self.speculate)


def check_calls(graph: Graph) -> None:
    """Can frames leave after every call, as they must where the graph depends on assumptions? Raises UnsupportedError
    if not: a pass has dropped a frame state, or a handler would go on in the code.
    """
    if graph.assumptions:
        for node in graph.reachable():
            op = node.op
            if op.is_call and (not op.frame_in or op.parameters.in_try):
                names = ", ".join(sorted(map(repr, graph.assumptions)))
                raise UnsupportedError(f"{graph.name} depends on {names}, but may not leave after n{node.id}, {op!r}")


def optimize(
    code: CompiledUnit, index: int, feedback: UnitFeedback | None, features: CpuFeatures, osr_offset: int = -1
) -> tuple[MachineCode, tuple[Remark, ...]]:
    """Optimized code of an own function, and the passes' remarks; osr_offset: of the loop where it starts, or -1.

    Raises UnsupportedError.
    """
    pipeline = _pipeline_of(code.tiers)
    source = Source(code, feedback, pipeline)
    graph = source.lift(index, osr_offset)
    budget = graph.budget = Budget(graph.name, check=stop_if_unwanted)
    if STEPS_A_NODE * graph.next_id > budget.left:  # some of the nodes made may not be wanted any more
        budget.require(STEPS_A_NODE * len(graph.reachable()))
    pipeline.run(graph, source.context, verify=code.tiers.options.verify)
    check_calls(graph)
    made = compile_graph(
        graph, embedder_data=code.unit.lowering, features=features, analyses=source.context.analyses
    )
    return made, tuple(source.context.remarks)


def node_counts(code: CompiledUnit, index: int, feedback: UnitFeedback | None) -> dict[str, int]:
    """How many reachable nodes an own function's graph has after lifting and after all passes."""
    pipeline = _pipeline_of(code.tiers)
    source = Source(code, feedback, pipeline)
    graph = source.lift(index)
    lifted = len(graph.reachable())
    pipeline.run(graph, source.context)
    return {"lift": lifted, "passes": len(graph.reachable())}


def trace_compilation(
    code: CompiledUnit, index: int, feedback: UnitFeedback | None, features: CpuFeatures, pipeline: Pipeline
) -> Compilation:
    """Compile an own function and keep everything that can be looked at. Raises UnsupportedError."""
    start = time.perf_counter()
    recorder = Recorder(edits=True)
    source = Source(code, feedback, pipeline)
    context = source.context
    context.timed = True
    graph = source.lift(index)
    graph.budget = Budget(graph.name)
    recorder.lifted(graph, time.perf_counter() - start)
    pipeline.run(graph, context, observer=recorder, verify=True)
    check_calls(graph)
    recorder.close()
    result = lower(
        graph, embedder_data=code.unit.lowering, features=features, analyses=context.analyses, trace=True
    )
    return Compilation(
        code.unit,
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
