"""The two compilers, as the runtime calls them. Both are imported when they are needed first."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode

if TYPE_CHECKING:
    from collections.abc import Collection

    from seaofnodes.backend.baseline.frame_layout import FrameLayout, Place
    from seaofnodes.passes.base import Remark
    from seaofnodes.passes.pipeline import Pipeline
    from seaofnodes.runtime.feedback import Feedback
    from seaofnodes.runtime.module_code import ModuleCode
    from seaofnodes.runtime.optimize import Compilation


@functools.cache
def cpu_features() -> CpuFeatures:
    """Of this machine."""
    return CpuFeatures.detect()


def compile_baseline_tier(code: ModuleCode, index: int) -> MachineCode:
    """Baseline code of an own function."""
    from seaofnodes.backend.baseline import compile_baseline

    counts = code.engine.options.tier == "auto"
    return compile_baseline(
        code.module, index, code.layout, type_ids=code.type_ids, tier_up=counts, features=cpu_features()
    )


def frame_layouts(code: ModuleCode, index: int, places: Collection[Place]) -> dict[Place, FrameLayout]:
    """Where baseline code of an own function has its values, at loops' headers, and before or after calls."""
    from seaofnodes.backend.baseline import baseline_frame_layouts

    counts = code.engine.options.tier == "auto"
    return baseline_frame_layouts(
        code.module, index, code.layout, places, type_ids=code.type_ids, tier_up=counts, features=cpu_features()
    )


def compile_optimizing_tier(
    code: ModuleCode, index: int, feedback: Feedback | None, osr_offset: int = -1
) -> tuple[MachineCode, tuple[Remark, ...]]:
    """Optimized code of an own function, with feedback or without, and the passes' remarks; osr_offset: of the loop
    where it starts, or -1. Raises UnsupportedError.
    """
    from seaofnodes.runtime.optimize import optimize

    return optimize(code, index, feedback, cpu_features(), osr_offset)


def count_nodes(code: ModuleCode, index: int, feedback: Feedback | None) -> dict[str, int]:
    """Sizes of the graphs of one more compilation, by phase."""
    from seaofnodes.runtime.optimize import node_counts

    return node_counts(code, index, feedback)


def trace_optimizing_tier(
    code: ModuleCode, index: int, feedback: Feedback | None, pipeline: str | Pipeline | None
) -> Compilation:
    """The same with a record of every phase. pipeline None: the engine's. Raises UnsupportedError, PassError."""
    from seaofnodes.runtime.optimize import pipeline_for, trace_compilation

    options = code.engine.options
    passes = pipeline_for(options.pipeline, options.inline) if pipeline is None else pipeline_for(pipeline, True)
    return trace_compilation(code, index, feedback, cpu_features(), passes)
