"""The baseline compiler of WebAssembly: one pass over the bytecode, no graph, after V8's Liftoff."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode
from seaofnodes.wasm.baseline.compiler import Compiler, this_machine
from seaofnodes.wasm.baseline.frame import prologue
from seaofnodes.wasm.baseline.frame_layout import baseline_frame_layouts
from seaofnodes.wasm.baseline.handlers import HANDLERS
from seaofnodes.wasm.instance_layout import InstanceLayout

if TYPE_CHECKING:
    from seaofnodes.wasm.module import Module

__all__ = ["baseline_frame_layouts", "compile_baseline"]


def compile_baseline(
    module: Module,
    function_index: int,
    layout: InstanceLayout,
    *,
    feedback: bool = True,
    type_ids: Sequence[int] | Callable[[int], int],
    tier_up: bool = False,
    features: CpuFeatures | None = None,
) -> MachineCode:
    """Compile an own function (its index in the whole index space), in time linear in its length.

    feedback: count invocations and calls in the instance; type_ids: the engine's canonical id of each of the module's
    types; tier_up: count the budget down, and call the builtin when it is spent; features: None means this machine's.
    """
    if callable(type_ids):
        type_ids = [type_ids(index) for index in range(len(module.types))]
    compiler = Compiler(
        module,
        function_index,
        layout,
        feedback=feedback,
        type_ids=type_ids,
        tier_up=tier_up,
        features=features or this_machine(),
    )
    compiler.run(prologue, HANDLERS)
    return compiler.finish()
