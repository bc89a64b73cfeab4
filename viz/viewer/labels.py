"""Operators in few words, where their parameters are many."""

from __future__ import annotations

from seaofnodes.ir.dialect import format_operator
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common
from seaofnodes.runtime.code.code_object import FunctionNames
from seaofnodes.viz.listing import printable

_MOST = 300


def label(op: Operator, names: FunctionNames) -> str:
    """`Call last_digit`, `FrameState @0x5b before`, `Phi`; as in the text of graphs if it is short anyway."""
    parameters = op.parameters
    if isinstance(parameters, common.CallDescriptor):
        target = parameters.builtin
        if parameters.function_index >= 0:
            target = names.function_name(parameters.function_index)
        return printable(f"{op.name} {target}".rstrip())
    if isinstance(parameters, common.FrameInfo):
        return f"{op.name} @{parameters.bytecode_offset:#x} {parameters.mode}"
    if op.is_phi or op.is_merge or op.is_end:  # the parameters say what one sees
        return op.name
    return printable(format_operator(op), _MOST)
