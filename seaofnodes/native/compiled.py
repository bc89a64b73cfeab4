"""Machine code of typed functions, without an engine: for what the runtime itself is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode
from seaofnodes.native.unit import Unit

if TYPE_CHECKING:
    from seaofnodes.native.cache import CodeCache


def compile_function(
    unit: Unit,
    index: int,
    *,
    pipeline: str = "default",
    features: CpuFeatures | None = None,
    cache: CodeCache | None = None,
) -> MachineCode:
    """Machine code of a function of a unit; calls of others have relocations of kind "slot".

    pipeline: of built-in passes; features: of the processor, default: this machine's; cache: where code is looked for
    and kept. Raises UnsupportedError, PassError for a bad pipeline.
    """
    features = CpuFeatures.detect() if features is None else features
    key = "" if cache is None else cache.key(unit, index, pipeline, features)
    found = None if cache is None else cache.get(key)
    if found is None:
        found = _compile(unit, index, pipeline, features)
        if cache is not None:
            cache.put(key, found)
    return found


def _compile(unit: Unit, index: int, pipeline: str, features: CpuFeatures) -> MachineCode:
    from seaofnodes.backend.compile import compile_graph  # slow to import: code from a cache does without
    from seaofnodes.passes.base import CallFeedback, PassContext
    from seaofnodes.passes.framework.pipeline import Pipeline

    context = PassContext(
        lift=unit.graph,
        function_size=lambda other: unit.functions[other].size,
        function_name=lambda other: unit.functions[other].name,
        feedback=lambda function, site: CallFeedback(((-1, 1),)),  # calls are as frequent as they look
        invocations=lambda other: 1,
    )
    graph = unit.graph(index)
    Pipeline.parse(pipeline).run(graph, context)
    return compile_graph(graph, features=features, analyses=context.analyses)
