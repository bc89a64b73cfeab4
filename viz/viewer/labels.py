"""Operators in few words, where their parameters are many."""

from __future__ import annotations

from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common
from seaofnodes.ir.ops.registry import format_operator
from seaofnodes.viz.listing import printable
from seaofnodes.wasm.module import Module

_MOST = 300
_PLAIN = frozenset(("Phi", "EffectPhi", "Merge", "Loop", "End"))  # parameters say what one sees


def label(op: Operator, module: Module) -> str:
    """`Call last_digit`, `FrameState @0x5b before`, `Phi`; as in the text of graphs if it is short anyway."""
    parameters = op.parameters
    if isinstance(parameters, common.CallDescriptor):
        target = parameters.builtin
        if parameters.function_index >= 0:
            target = module.function_name(parameters.function_index)
        return printable(f"{op.name} {target}".rstrip())
    if isinstance(parameters, common.FrameInfo):
        return f"{op.name} @{parameters.bytecode_offset:#x} {parameters.mode}"
    return op.name if op.name in _PLAIN else printable(format_operator(op), _MOST)
