"""From the frame of optimized code to the baseline frames that it stands for: read, translate, write aside."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaofnodes.backend.code import DeoptExit, DeoptFrame
from seaofnodes.backend.layout import FRAME_INSTANCE
from seaofnodes.runtime.entry.stubs import saved_register
from seaofnodes.runtime.leaving.deopt_stub import (
    OUTPUT_COUNT,
    OUTPUT_FLOATS,
    OUTPUT_FRAMES,
    OUTPUT_INTEGERS,
    OUTPUT_PC,
    OUTPUT_RBP,
    OUTPUT_RSP,
)

if TYPE_CHECKING:
    from seaofnodes.backend.template.frame_layout import FrameLayout
    from seaofnodes.ir.types import Type
    from seaofnodes.runtime.process.native import NativeBuffer

_word = ctypes.c_uint64.from_address


@dataclass(frozen=True, slots=True)
class BaselineFrame:
    """A frame to be made.

    Attributes: input: what optimized code says; values: bits of its locals and operands; layout: where they go; code:
    address of the baseline code; arguments: its cells of stack arguments.
    """

    input: DeoptFrame
    values: tuple[int, ...]
    layout: FrameLayout
    code: int
    arguments: int


def read_values(exit: DeoptExit, frame: int, stub_frame: int, made: Sequence[int]) -> list[tuple[int, ...]]:
    """The bits of all values, innermost frame first; frame: the optimized code's rbp, stub_frame: as told; made: the
    references to the exit's objects.
    """
    found = []
    for described in exit.frames:
        places = zip(described.values, described.info.types, strict=True)
        found.append(tuple([read_place(place, type, frame, stub_frame, made) for place, type in places]))
    return found


def read_results(results: Sequence[tuple[Type, tuple[str, int]]], frame: int, stub_frame: int) -> tuple[int, ...]:
    """The bits of the results of the call that a frame leaves after, as `DeoptExit.results` has them."""
    return tuple([read_place(place, type, frame, stub_frame, ()) for type, place in results])


def read_place(place: tuple[str, int], type: Type, frame: int, stub_frame: int, made: Sequence[int]) -> int:
    """The bits of a value, where a `DeoptFrame` says that it is."""
    kind, number = place
    if kind == "s":
        bits = _word(frame + number).value
    elif kind in ("c", "-"):
        bits = number
    elif kind == "o":
        bits = made[number]
    else:
        bits = _word(saved_register(stub_frame, place)).value
    return bits & 0xFFFFFFFF if type.bits == 32 else bits


class Frames:
    """Where the baseline frames go that take the place of an optimized one.

    Attributes: made: innermost first; bases: rbp of each; bottom: the stack pointer afterwards; top: the end of the
    optimized frame's stack arguments; room: bytes of output that they take.
    """

    __slots__ = ("_frame", "bases", "bottom", "made", "room", "top")

    def __init__(self, made: Sequence[BaselineFrame], frame: int, arguments: int) -> None:
        """frame: rbp of the optimized code, which has so many cells of stack arguments.

        The outermost function may be one that the optimized code's has tail-called: the stack ends where it did, so its
        frame lies lower or higher if it takes more or fewer arguments there.
        """
        self.made = made
        self.top = frame + 16 + 8 * arguments
        self._frame = frame
        bases = [frame + 8 * (arguments - made[-1].arguments)]
        for index in range(len(made) - 2, -1, -1):
            caller = made[index + 1].layout
            bases.insert(0, bases[0] - caller.frame_size - caller.area - 8 * made[index].arguments - 16)
        self.bases = bases
        self.bottom = bases[0] - made[0].layout.frame_size
        self.room = 8 * OUTPUT_FRAMES + self.top - self.bottom

    def write(self, instance: int, output: NativeBuffer) -> None:
        """Put the frames into the output buffer, and what has to be in registers. instance: its address."""
        words, bases, made, bottom = output.words, self.bases, self.made, self.bottom
        count = (self.top - bottom) >> 3
        words[OUTPUT_FRAMES : OUTPUT_FRAMES + count] = memoryview(bytes(8 * count)).cast("Q")
        words[OUTPUT_RSP], words[OUTPUT_RBP], words[OUTPUT_COUNT] = bottom, bases[0], count
        words[OUTPUT_PC] = made[0].code + made[0].layout.pc

        def put(address: int, value: int) -> None:
            words[OUTPUT_FRAMES + (address - bottom >> 3)] = value

        for index, (one, base) in enumerate(zip(made, bases, strict=True)):
            layout = one.layout
            put(base + FRAME_INSTANCE, instance)
            everything = zip(layout.locals + layout.stack, one.values, one.input.values, strict=True)
            for places, value, (source, _) in everything:
                if source == "-":  # it may share a register with one that is still needed
                    continue
                for kind, number in places:
                    if kind == "s":
                        put(base + number, value)
                    elif kind == "r":
                        words[OUTPUT_INTEGERS + number] = value
                    elif kind == "x":
                        words[OUTPUT_FLOATS + number] = value
            if index:  # the frame within returns to this one
                put(bases[index - 1], base)
                put(bases[index - 1] + 8, one.code + layout.pc)
        put(bases[-1], _word(self._frame).value)
        put(bases[-1] + 8, _word(self._frame + 8).value)
        innermost = made[0].layout
        if innermost.instance >= 0:
            words[OUTPUT_INTEGERS + innermost.instance] = instance
        for register, offset in innermost.copies:
            words[OUTPUT_INTEGERS + register] = _word(instance + offset).value
