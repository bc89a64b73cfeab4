"""From a frame of optimized code into an interpreter, and from there to the frame's caller."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from seaofnodes.backend.code import DeoptExit
from seaofnodes.language.language import FunctionInfo, Value
from seaofnodes.language.values import all_to_bits
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.entry.signatures import Signature
from seaofnodes.runtime.leaving.deopt_stub import (
    OUTPUT_COUNT,
    OUTPUT_FLOATS,
    OUTPUT_FRAMES,
    OUTPUT_INTEGERS,
    OUTPUT_PC,
    OUTPUT_RBP,
    OUTPUT_RSP,
)
from seaofnodes.runtime.process.native import NativeBuffer
from seaofnodes.runtime.tiers.events import DeoptEvent, DeoptFrameEvent, DeoptValue

_word = ctypes.c_uint64.from_address


def leave_with(space: CodeSpace, results: Sequence[Value], kind: Signature, frame: int, name: str) -> NativeBuffer:
    """For the stub `deoptimize`: return from the frame at `frame` (its rbp) with these results.

    The return address goes to the end of the stack arguments, which the callee pops; results that are not in registers
    are above it, in the caller's area.
    """
    places = kind.locations
    bits = all_to_bits(results, kind.results, name, "result")
    top = frame + 16 + 8 * places.stack_arguments
    output = NativeBuffer(8 * (OUTPUT_FRAMES + 1))
    words = output.words
    words[OUTPUT_RSP], words[OUTPUT_RBP], words[OUTPUT_COUNT] = top - 8, _word(frame).value, 1
    words[OUTPUT_PC] = space.builtins["return"]
    words[OUTPUT_FRAMES] = _word(frame + 8).value
    for (where, number), value in zip(places.results, bits, strict=True):
        if where == "r":
            words[OUTPUT_INTEGERS + number] = value
        elif where == "x":
            words[OUTPUT_FLOATS + number] = value
        else:
            _word(top + 8 * number).value = value
    return output


def deopt_event(
    language: str,
    infos: Sequence[FunctionInfo],
    found: CodeObject,
    exit: DeoptExit,
    values: Sequence[tuple[int, ...]],
    pc: int,
    seconds: float,
) -> DeoptEvent:
    """What happens, for observers."""
    assert found.code is not None
    told = []
    for described, bits in zip(exit.frames, values, strict=True):
        info = described.info
        columns = zip(info.types, bits, described.values, strict=True)
        shown = tuple(DeoptValue(str(type).lower(), value, source, ()) for type, value, source in columns)
        function = info.function_index
        name = infos[function].name
        told.append(DeoptFrameEvent(function, name, info.bytecode_offset, info.mode, info.locals, shown, 0))
    index = found.code.function_index
    return DeoptEvent(
        index,
        infos[index].name,
        exit.speculation.reason,
        exit.number,
        exit.node,
        pc,
        found.code.frame_size,
        tuple(told),
        seconds,
        language,
        exit.results is not None,
        len(exit.objects),
    )
