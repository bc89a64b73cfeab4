"""Deoptimizations as text, in the form of d8's --trace-deopt and --trace-deopt-verbose."""

from __future__ import annotations

import struct
from typing import Final

from seaofnodes.runtime.tiers.events import DeoptEvent, DeoptFrameEvent
from seaofnodes.viz.listing import printable

Location = tuple[str, int]

_REGISTERS: Final = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()
_MACHINE: Final = {"word32": "int32", "word64": "int64"}


def deopt_text(event: DeoptEvent, *, verbose: bool = False) -> str:
    """One line that says who left where and why; `verbose`: also where each value was, and where it went."""
    innermost = event.frames[0]
    kind = "deopt-lazy" if event.is_lazy else "deopt-eager"
    head = (
        f"[bailout (kind: {kind}, reason: {event.reason}, type: {event.language}): begin. deoptimizing "
        f"{printable(event.name)}, function index {event.function_index}, "
        f"bytecode offset {innermost.bytecode_offset}, deopt exit {event.exit}, "
        f"FP to SP delta {event.frame_size}, pc {event.pc:#x}]"
    )
    if not verbose:
        return head
    lines = [head]
    for frame in event.frames:
        lines += _input(frame)
    for frame in event.frames:
        lines += _output(frame)
    return "\n".join([*lines, f"[bailout end. took {event.seconds * 1e3:.3f} ms]"])


def _input(frame: DeoptFrameEvent) -> list[str]:
    lines = [
        f"  reading input for baseline frame {printable(frame.name)} => bailout_id={frame.bytecode_offset}, "
        f"height={len(frame.values)}, function_id={frame.function_index}, {frame.mode} ; inputs:"
    ]
    for index, value in enumerate(frame.values):
        kind = _MACHINE.get(value.type, value.type)
        number = _number(value.bits, value.type)
        source, place = value.source
        if source == "-":
            text = "(optimized out)"
        elif source == "c":
            text = f"({kind} literal {number})"
        elif source == "o":
            text = f"captured object #{place}, now {number}"
        else:
            text = f"{number} ; {_place(value.source)} ({kind})"
        lines.append(f"    {index:3}: {text}")
    return lines


def _output(frame: DeoptFrameEvent) -> list[str]:
    lines = [
        f"  Baseline stack & register state for function index {frame.function_index}, "
        f"frame size {frame.frame_size}, total frame size {frame.frame_size + 16}"
    ]
    for index, value in enumerate(frame.values):
        places = ", ".join(_place(place) for place in value.places) or "-"
        kind = "local" if index < frame.locals else "stack"
        lines.append(f"    {index:3}: {_MACHINE.get(value.type, value.type)}: {places} ({kind})")
    return lines


def _place(location: Location) -> str:
    kind, number = location
    if kind == "r":
        return _REGISTERS[number]
    if kind == "x":
        return f"xmm{number}"
    if kind == "s":
        return f"[fp {'-' if number < 0 else '+'} {abs(number)}]"
    return f"c{number}"


def _number(bits: int, type: str) -> str:
    if type in _MACHINE:
        width = 32 if type == "word32" else 64
        return str(bits - (1 << width) if bits >> width - 1 else bits)
    if type == "float32":
        return repr(struct.unpack("<f", struct.pack("<I", bits))[0])
    if type == "float64":
        return repr(struct.unpack("<d", struct.pack("<Q", bits))[0])
    return f"{bits:#x}"
