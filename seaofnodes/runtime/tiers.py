"""The two compilers, as the runtime calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaofnodes.backend.baseline import compile_baseline
from seaofnodes.backend.code import MachineCode
from seaofnodes.errors import UnsupportedError

if TYPE_CHECKING:
    from seaofnodes.runtime.instance import InstanceData
    from seaofnodes.runtime.module_code import ModuleCode


def compile_baseline_tier(code: ModuleCode, index: int) -> MachineCode:
    """Baseline code of an own function."""
    return compile_baseline(
        code.module, index, code.layout, type_ids=code.type_ids, tier_up=code.engine.options.tier == "auto"
    )


def compile_optimizing_tier(code: ModuleCode, index: int, data: InstanceData) -> MachineCode:
    """Optimized code of an own function, with an instance's feedback. Raises UnsupportedError."""
    raise UnsupportedError("the optimizing compiler")
