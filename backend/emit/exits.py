"""Exits to baseline code: where each value of the frames is when optimized code leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seaofnodes.backend.assembler.forms import CONDITIONS
from seaofnodes.backend.code import DeoptExit, DeoptFrame, DeoptObject
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
    frames, objects = _placed(exit, instruction, 0, sequence)
    return DeoptExit(number, exit.speculation, instruction.node, frames, jump, objects=objects)


def lazy_exit(number: int, instruction: Instruction, sequence: Sequence, frame_size: int) -> DeoptExit:
    """The exit of an allocated call, where it returns."""
    target: Any = instruction.payload
    lazy = target.lazy
    results = tuple(
        [(type, (kind, at if kind != "s" else 8 * at - frame_size)) for type, (kind, at) in lazy.results]
    )
    frames, objects = _placed(lazy.exit, instruction, lazy.first, sequence)
    return DeoptExit(number, lazy.exit.speculation, instruction.node, frames, results=results, objects=objects)


def _placed(
    exit: Any, instruction: Instruction, first: int, sequence: Sequence
) -> tuple[tuple[DeoptFrame, ...], tuple[DeoptObject, ...]]:
    places = [
        _place(location, operand >> VREG_SHIFT, sequence)
        for location, operand in zip(instruction.use_locations[first:], instruction.uses[first:], strict=True)
    ]

    def at(value: tuple[int, tuple[str, int]]) -> tuple[str, int]:
        use, place = value
        return place if use < 0 else places[use]

    frames = [DeoptFrame(info, tuple([at(value) for value in values])) for info, values in exit.frames]
    objects = [
        replace(
            made,
            fields=tuple([field._replace(place=at(value)) for field, value in zip(made.fields, values, strict=True)]),
        )
        for made, values in exit.objects
    ]
    return tuple(frames), tuple(objects)


def exit_references(exit: DeoptExit) -> tuple[int, ...]:
    """Where the references of an exit's frames and objects are, as `MachineCode.safepoints` has it."""
    places = [
        (type, place)
        for frame in exit.frames
        for type, place in zip(frame.info.types, frame.values, strict=True)
    ]
    places += [(field.type, field.place) for made in exit.objects for field in made.fields]
    return tuple(sorted({place for type, (kind, place) in places if type.is_reference and kind in "rs"}))


def _place(location: int, vreg: int, sequence: Sequence) -> tuple[str, int]:
    if location == REMATERIALIZE:
        payload: Any = sequence.rematerializable[vreg]
        if payload[0] == "instance":
            return ("s", FRAME_INSTANCE)
        data = payload[1]
        return ("c", int.from_bytes(data, "little") if isinstance(data, bytes) else data & (1 << 64) - 1)
    if is_memory(location):
        return ("s", frame_offset(location))
    return ("x", location - FIRST_FLOAT) if location >= FIRST_FLOAT else ("r", location)
