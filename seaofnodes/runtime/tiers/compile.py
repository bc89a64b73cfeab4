"""The two compilers, as the runtime calls them. The optimizing one is imported when it is needed first."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode

if TYPE_CHECKING:
    from collections.abc import Collection

    from seaofnodes.backend.template.frame_layout import FrameLayout, Place
    from seaofnodes.passes.base import Remark
    from seaofnodes.passes.framework.pipeline import Pipeline
    from seaofnodes.runtime.tiers.optimize import Compilation, CompiledUnit
    from seaofnodes.runtime.tiers.unit import UnitFeedback


@functools.cache
def cpu_features() -> CpuFeatures:
    """Of this machine."""
    return CpuFeatures.detect()


def compile_baseline_tier(code: CompiledUnit, index: int) -> MachineCode:
    """Baseline code of an own function."""
    return code.unit.baseline(index, cpu_features(), tier_up=code.tiers.options.tier == "auto")


def frame_layouts(code: CompiledUnit, index: int, places: Collection[Place]) -> dict[Place, FrameLayout]:
    """Where baseline code of an own function has its values, at loops' headers, and before or after calls."""
    return code.unit.frame_layouts(index, places, cpu_features(), tier_up=code.tiers.options.tier == "auto")


def compile_optimizing_tier(
    code: CompiledUnit, index: int, feedback: UnitFeedback | None, osr_offset: int = -1
) -> tuple[MachineCode, tuple[Remark, ...]]:
    """Optimized code of an own function, with feedback or without, and the passes' remarks; osr_offset: of the loop
    where it starts, or -1. Raises UnsupportedError.
    """
    from seaofnodes.runtime.tiers.optimize import optimize

    return optimize(code, index, feedback, cpu_features(), osr_offset)


def count_nodes(code: CompiledUnit, index: int, feedback: UnitFeedback | None) -> dict[str, int]:
    """Sizes of the graphs of one more compilation, by phase."""
    from seaofnodes.runtime.tiers.optimize import node_counts

    return node_counts(code, index, feedback)


def trace_optimizing_tier(
    code: CompiledUnit, index: int, feedback: UnitFeedback | None, pipeline: str | Pipeline | None
) -> Compilation:
    """The same with a record of every phase. pipeline None: the engine's. Raises UnsupportedError, PassError."""
    from seaofnodes.runtime.tiers.optimize import pipeline_for, trace_compilation

    options = code.tiers.options
    passes = pipeline_for(options.pipeline, options.inline) if pipeline is None else pipeline_for(pipeline, True)
    return trace_compilation(code, index, feedback, cpu_features(), passes)
