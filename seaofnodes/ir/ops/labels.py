"""Operators in words, for people: floats as numbers, parameters by name. The form that can be read back is
`dialect.format_operator`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from seaofnodes.ir.bits import CANONICAL_NAN, Float
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.parameters import CallDescriptor, FrameInfo
from seaofnodes.ir.ops.shapes import VirtualObject
from seaofnodes.ir.ops.traps import TRAP_REASONS
from seaofnodes.ir.types import FLOAT32, FLOAT64

_NUMBER: Final = re.compile(r"-?\d+|0x[0-9a-f]+")
_WIDTHS: Final = {FLOAT32: 32, FLOAT64: 64}


def operator_label(op: Operator, function_name: Callable[[int], str] = "function {}".format) -> str:
    """`Load[Word32, Word32, memory=0, offset=40]`, `Float64Constant[1.5]`, `TrapIf[integer divide by zero]`,
    `Call last_digit`, `FrameState @0x5b before`, `ObjectState[7, struct 0]`. How many inputs there are is left out.
    """
    parameters = op.parameters
    if isinstance(parameters, CallDescriptor):
        target = function_name(parameters.function_index) if parameters.function_index >= 0 else parameters.builtin
        return f"{op.name} {target}".rstrip()
    if isinstance(parameters, FrameInfo):
        return f"{op.name} @{parameters.bytecode_offset:#x} {parameters.mode}"
    if isinstance(parameters, VirtualObject):
        return f"{op.name}[{parameters.number}, {parameters.shape.type}]"
    if op.is_phi or op.is_merge or op.is_end:  # the parameters say what one sees
        return op.name
    texts = parameter_texts(op)
    return f"{op.name}[{', '.join(texts)}]" if texts else op.name


def parameter_texts(op: Operator) -> list[str]:
    """The parameters one by one: words as they are, numbers with their names, but for those that say all by themselves:
    the value of a constant or a case, the reason of a trap.
    """
    named = [(name, text) for name, text in op.declaration.named(op) if name != "count"]
    if op.is_trap and isinstance(op.parameters, int):
        return [TRAP_REASONS[op.parameters]]
    if op.is_constant and op.type in _WIDTHS and isinstance(op.parameters, int):
        return [float_text(_WIDTHS[op.type], op.parameters)]
    if op.is_constant or op.is_case:
        return [text for _, text in named]
    return [f"{name}={text}" if name and _NUMBER.fullmatch(text) else text for name, text in named if text]


def float_text(width: int, bits: int) -> str:
    """The shortest decimal that is this float: `0.1`, `-0.0`, `inf`; `nan`, with its bits where it is another one than
    arithmetic makes.
    """
    number = Float(width, bits)
    if number.is_nan:
        return "nan" if bits == CANONICAL_NAN[width] else f"nan:{bits:#x}"
    value = number.number
    if width == 32 and abs(value) < float("inf"):
        for digits in range(1, 10):
            short = float(f"{value:.{digits}g}")
            if Float.of(width, short).bits == bits:
                return repr(short)
    return repr(value)
