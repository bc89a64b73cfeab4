"""Compiling functions under several configurations: sizes, rules, remarks, time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from seaofnodes.backend.code import MachineCode
from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.portion import Call, Portion
from seaofnodes.compare.programs.program import Program
from seaofnodes.compare.row import ERROR, FUNCTION, UNSUPPORTED, Row
from seaofnodes.compare.timing.estimate import Estimate
from seaofnodes.compare.timing.interleave import interleave
from seaofnodes.errors import Trap, UnsupportedError
from seaofnodes.passes.base import Remark
from seaofnodes.passes.framework.failures import failure_text
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.runtime.process.collector_pause import without_collector
from seaofnodes.runtime.tiers.compile import compile_baseline_tier, compile_optimizing_tier, trace_optimizing_tier

_NEVER: Final = (1 << 31) - 1  # a tier-up budget that lasts


class Compiler:
    """Compiles a program's functions under one configuration; with the feedback of a call, if there is one."""

    def __init__(
        self, configuration: Configuration, registry: PassRegistry, program: Program, call: Call | None, limit: float
    ) -> None:
        self.configuration = configuration
        tier = dict(configuration.options).get("tier", "auto")
        self.baseline = tier == "baseline"
        # Without tiering up, all configurations see the same feedback.
        quiet = {} if self.baseline else {"tier": "auto", "tier_up_budget": _NEVER}
        self.engine = configuration.engine(registry, limit, **quiet)
        if call is not None:
            callee = program.callee(self.engine, call.function)
            if tier != "optimized":  # that compiles before anything has run
                with suppress(Trap):  # feedback is there up to it; where the call is timed, the result is checked
                    callee(*call.small)
            self.code, self.feedback = callee.code, callee.feedback
        else:
            self.code, self.feedback = program.code_in(self.engine)

    def compile(self, index: int) -> MachineCode:
        """Nothing is kept or installed. Raises UnsupportedError, CompileLimitError."""
        if self.baseline:
            return compile_baseline_tier(self.code, index)
        within = self.code.tiers.optimize_within_limit
        return within(lambda: compile_optimizing_tier(self.code, index, self.feedback))[0]

    def describe(self, index: int, row: Row, graphs: bool) -> None:
        """Compile with a record of everything, and verification; fills the row. Raises UnsupportedError, PassError,
        CompileLimitError.
        """
        if self.baseline:
            code = self.compile(index)
        else:
            within = self.code.tiers.optimize_within_limit
            traced = within(lambda: trace_optimizing_tier(self.code, index, self.feedback, None))
            code = traced.code
            row.nodes_lifted = traced.phases[0].record.nodes_after
            row.nodes = traced.phases[-1].record.nodes_after
            row.rules = {name: count.fired for name, count in sorted(traced.rules.items()) if count.fired}
            row.remarks = [remark_text(remark) for remark in traced.remarks]
            if graphs:
                from seaofnodes.ir.text import format_graph

                row.graph = format_graph(traced.graph)
        row.code_size = code.code_size
        if graphs:
            from seaofnodes.viz.listing import format_code

            row.code = format_code(code, self.code.unit)


def remark_text(remark: Remark) -> str:
    """A remark without its node id, which depends on the passes before."""
    details = "".join(f", {key}={value}" for key, value in remark.details)
    where = f" (at {remark.bytecode_offset:#x})" if remark.bytecode_offset >= 0 else ""
    return f"{remark.kind}: {remark.phase}: {remark.message}{where}{details}"


def measure_functions(portion: Portion, program: Program) -> list[Row]:
    """A row for each function and configuration. Raises what instantiating the program and calling it raises."""
    registry = portion.settings.registry()
    given = (registry, program, portion.call, portion.settings.compile_limit)
    compilers = [Compiler(configuration, *given) for configuration in portion.configurations]
    rows: list[Row] = []
    for index, name in zip(portion.functions, portion.names, strict=True):
        rows += _measure(portion, index, name, compilers)
    return rows


def _measure(portion: Portion, index: int, name: str, compilers: Sequence[Compiler]) -> list[Row]:
    rows = [Row(portion.source, FUNCTION, name, index, compiler.configuration.label) for compiler in compilers]
    compiled: list[Row] = []

    def measure() -> list[list[float]]:
        timers: list[Callable[[], float]] = []
        for compiler, row in zip(compilers, rows, strict=True):
            try:
                compiler.describe(index, row, portion.settings.graphs)
            except UnsupportedError as error:
                row.status, row.error = UNSUPPORTED, str(error)
            except Exception as error:  # a pass may raise anything; it becomes the row
                row.status, row.error = ERROR, failure_text(error)
            else:
                compiled.append(row)
                timers.append(partial(_seconds, compiler, index))
        return interleave(timers, portion.settings.compile_rounds)

    samples = without_collector(measure)
    for row, found in zip(compiled, samples, strict=True):
        row.compile = Estimate.of([(sample,) for sample in found])
    return rows


def _seconds(compiler: Compiler, index: int) -> float:
    start = time.thread_time()
    compiler.compile(index)
    return time.thread_time() - start
