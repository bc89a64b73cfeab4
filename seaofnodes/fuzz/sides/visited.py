"""Where the interpreter came by: instructions, with the calls around them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.common import FrameInfo
from seaofnodes.passes.stress_deopt import StressDeoptimization
from seaofnodes.wasm.interpreter.state import Frame, InterpretedInstance
from seaofnodes.wasm.opcodes import LOOP

_DEPTH: Final = 12  # of calls around an instruction that are told apart
Place = tuple[int, int]  # function index, bytecode offset


def place_of(instance: InterpretedInstance, function: int, offset: int, mode: str) -> Place:
    """Where the interpreter is in that state; a branch back goes behind the loop instruction, which is no more."""
    body = instance.prepared(function)
    index = body.index_of(offset)
    if mode == "before" and body.body.opcodes[index] == LOOP:
        index += 1
    return function, body.body.offsets[index]


class Visited:
    """Filled by an interpreter whose observer is `observe`."""

    def __init__(self) -> None:
        self._contexts: defaultdict[Place, set[tuple[Place, ...]]] = defaultdict(set)
        self._frame: Frame | None = None
        self._around: tuple[Place, ...] = ()

    def observe(self, frames: Sequence[Frame]) -> None:
        """The last frame is about to execute an instruction; the others are in calls."""
        frame = frames[-1]
        if frame is not self._frame:
            self._frame = frame
            callers = frames[-2 : -2 - _DEPTH : -1]
            self._around = tuple((f.function_index, f.code.body.offsets[f.pc - 1]) for f in callers)
        self._contexts[frame.function_index, frame.code.body.offsets[frame.pc]].add(self._around)

    def has(self, place: Place, calls: tuple[Place, ...]) -> bool:
        """Was it there, in these calls? They are innermost first."""
        calls = calls[:_DEPTH]
        return any(around[: len(calls)] == calls for around in self._contexts.get(place, ()))


@dataclass(frozen=True)
class DeoptimizationWhereVisited(StressDeoptimization):
    """Exits only where the program came by each time: others would not be taken."""

    visited: tuple[Visited, ...] = ()
    instance: InterpretedInstance | None = None

    def wants(self, exit: Node) -> bool:
        """See StressDeoptimization."""
        assert self.instance is not None
        calls: list[Place] = []
        state = exit.frame_state
        info: FrameInfo = state.op.parameters
        place = place_of(self.instance, info.function_index, info.bytecode_offset, info.mode)
        while state.op.frame_in:
            state = state.frame_state
            info = state.op.parameters
            calls.append((info.function_index, info.bytecode_offset))
        return all(visited.has(place, tuple(calls)) for visited in self.visited)
