"""Exits to baseline code: where each value of the frames is when optimized code leaves."""

from __future__ import annotations

from typing import Any

from seaofnodes.backend.assembler.forms import CONDITIONS
from seaofnodes.backend.code import DeoptExit, DeoptFrame
from seaofnodes.backend.instruction import (
    FIRST_FLOAT,
    REMATERIALIZE,
    VREG_SHIFT,
    Instruction,
    Sequence,
    frame_offset,
    is_memory,
)
from seaofnodes.backend.layout import FRAME_INSTANCE
from seaofnodes.backend.select.arithmetic.compare import NEGATED


def over_exit(condition: str) -> bytes:
    """A jump over a call of `deoptimize` unless the condition holds, or in any case if it takes two flags."""
    if condition not in CONDITIONS:
        return b"\xeb\x05"
    return bytes((0x70 | CONDITIONS[NEGATED[condition]], 5))


def deopt_exit(number: int, instruction: Instruction, sequence: Sequence, jump: bytes) -> DeoptExit:
    """The exit of an allocated instruction whose payload is an `Exit` of the selection; jump: see DeoptExit."""
    exit: Any = instruction.payload
    return DeoptExit(number, exit.speculation, instruction.node, _frames(exit, instruction, 0, sequence), jump)


def lazy_exit(number: int, instruction: Instruction, sequence: Sequence, frame_size: int) -> DeoptExit:
    """The exit of an allocated call, where it returns."""
    target: Any = instruction.payload
    lazy = target.lazy
    results = tuple(
        [(type, (kind, at if kind != "s" else 8 * at - frame_size)) for type, (kind, at) in lazy.results]
    )
    frames = _frames(lazy.exit, instruction, lazy.first, sequence)
    return DeoptExit(number, lazy.exit.speculation, instruction.node, frames, results=results)


def _frames(exit: Any, instruction: Instruction, first: int, sequence: Sequence) -> tuple[DeoptFrame, ...]:
    places = [
        _place(location, operand >> VREG_SHIFT, sequence)
        for location, operand in zip(instruction.use_locations[first:], instruction.uses[first:], strict=True)
    ]
    return tuple(
        DeoptFrame(info, tuple([place if use < 0 else places[use] for use, place in values]))
        for info, values in exit.frames
    )


def exit_references(exit: DeoptExit) -> tuple[int, ...]:
    """Where the references of an exit's frames are, as `MachineCode.safepoints` has it."""
    found = {
        place
        for frame in exit.frames
        for (kind, place), type in zip(frame.values, frame.info.types, strict=True)
        if type.is_reference and kind in "rs"
    }
    return tuple(sorted(found))


def _place(location: int, vreg: int, sequence: Sequence) -> tuple[str, int]:
    if location == REMATERIALIZE:
        payload: Any = sequence.rematerializable[vreg]
        if payload[0] == "instance":
            return ("s", FRAME_INSTANCE)
        data = payload[1]
        return ("c", int.from_bytes(data, "little") if isinstance(data, bytes) else data)
    if is_memory(location):
        return ("s", frame_offset(location))
    return ("x", location - FIRST_FLOAT) if location >= FIRST_FLOAT else ("r", location)
