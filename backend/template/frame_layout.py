"""How to enter baseline code in the middle: where each value has to be at a bytecode offset, and at which pc."""

from __future__ import annotations

from dataclasses import dataclass

Location = tuple[str, int]
Place = tuple[int, str]  # bytecode offset, and "before" or "after"


@dataclass(frozen=True, slots=True)
class FrameLayout:
    """What baseline code expects at a bytecode offset, so that a frame can be made that goes on there.

    Attributes: pc: offset in the code; "after" a call: its return address; frame_size: bytes below rbp that the frame
    takes, its instance slot included; area: bytes below that, with the results of the call from `rsp` on (a multiple of
    16; 0 unless "after" a call with results on the stack); locals, stack: all the places where each value has to be, as
    ("r", register), ("x", register), ("s", offset from rbp) or ("c", bits) for a constant, which need not be put
    anywhere; "after" a call without its results, which are where the calling convention says; floats: is the value a
    float, of locals and stack; instance: register that must hold the instance's address, or -1; copies: pairs of a
    register and the offset of the word of the instance's data that it must hold.
    """

    pc: int
    frame_size: int
    area: int
    locals: tuple[tuple[Location, ...], ...]
    stack: tuple[tuple[Location, ...], ...]
    floats: tuple[bool, ...]
    instance: int
    copies: tuple[tuple[int, int], ...] = ()
