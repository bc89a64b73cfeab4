"""Deoptimization: optimized code has left at an exit; baseline frames take the place of its frame.

For each function that was inlined there, one frame; the innermost goes on at the instruction that optimized code could
not do, the others after their calls. Hölzle, Chambers, Ungar: "Debugging optimized code with dynamic deoptimization",
PLDI 1992.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from seaofnodes.backend.code import DeoptExit, DeoptFrame
from seaofnodes.backend.layout import FRAME_INSTANCE, TRAP_REASONS
from seaofnodes.errors import Trap
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.code.handles import owner_of
from seaofnodes.runtime.leaving.deopt_frames import BaselineFrame, Frames, read_results, read_values
from seaofnodes.runtime.leaving.deopt_objects import make_objects
from seaofnodes.runtime.process.native import NativeBuffer
from seaofnodes.runtime.tiers.events import DeoptEvent, DeoptFrameEvent, DeoptValue
from seaofnodes.runtime.tiers.tiering import deoptimized

if TYPE_CHECKING:
    from seaofnodes.runtime.heap.heap import Heap
    from seaofnodes.runtime.tiers.tiers import Tiers
    from seaofnodes.runtime.tiers.unit_code import UnitCode, UnitInstance

_Two = ctypes.c_uint64 * 2
_word = ctypes.c_uint64.from_address
_EXHAUSTED: Final = "call stack exhausted"
assert _EXHAUSTED in TRAP_REASONS


class Values(NamedTuple):
    """What a frame of optimized code had.

    Attributes: frames: bits of each frame state, innermost first; results: bits of the results of the call that the
    innermost one is after, or None if it is not after a call, or has no code of its own.
    """

    frames: Sequence[tuple[int, ...]]
    results: tuple[int, ...] | None = None


class Resumes(Protocol):
    """What native data belongs to whose code leaves for an interpreter: frame states of kind "interpreter"."""

    def deoptimize(
        self, found: CodeObject, exit: DeoptExit, values: Values, frame: int, return_address: int
    ) -> NativeBuffer:
        """What the stub `deoptimize` puts on the stack. frame: rbp of the optimized code."""


class Deoptimizer:
    """Makes baseline frames for an engine."""

    __slots__ = ("_heap", "_tiers")

    def __init__(self, tiers: Tiers, heap: Heap) -> None:
        self._tiers = tiers
        self._heap = heap

    def deoptimize(self, stub_frame: int) -> None:
        """Hand over what the stub `deoptimize` puts on the stack; stub_frame: address of [rbp of the optimized code,
        return address].

        Raises Trap if the stack has no room for the frames, HeapLimitError if the heap has none for the exit's objects,
        and Error if code space has none for baseline code.
        """
        start = time.perf_counter()
        frame, return_address = _Two.from_address(stub_frame)
        tiers = self._tiers
        found = tiers.space.find(return_address - 1)
        assert found is not None and found.code is not None
        exit = found.code.deopts[return_address - found.start]
        instance = _word(frame + FRAME_INSTANCE).value
        made_objects = make_objects(exit, frame, stub_frame, self._heap) if exit.objects else []
        values = read_values(exit, frame, stub_frame, [handle.word for handle in made_objects])
        if exit.frames[0].info.kind == "interpreter":
            self._resume(stub_frame, found, exit, Values(values))
            return
        owner: UnitInstance = owner_of(instance)
        code = owner.code
        made = [self._frame(code, described, bits) for described, bits in zip(exit.frames, values, strict=True)]
        arguments = code.unit.signature(found.code.function_index).locations.stack_arguments
        frames = Frames(made, frame, arguments)
        if frames.bottom < tiers.entry.stack_limit:
            raise Trap(_EXHAUSTED)
        output = NativeBuffer(frames.room)
        frames.write(instance, output)
        deoptimized(code, found, exit, return_address, owner.feedback)
        if tiers.observers:
            tiers.notify(_event(code, found, exit, frames, frame, return_address, time.perf_counter() - start))
        tiers.entry.hand_over(stub_frame, output)

    def deoptimize_lazy(self, stub_frame: int) -> None:
        """The same where a call has returned to code whose assumptions have ended: for code of an interpreter, as no
        other has assumptions yet. stub_frame: address of [rbp of the optimized code, return address of that call].

        The call's results are in no safepoint, but held until the interpreter has come to the end.
        """
        frame, return_address = _Two.from_address(stub_frame)
        found = self._tiers.space.find(return_address - 1)
        assert found is not None and found.code is not None
        exit = found.code.lazy_exits[return_address - found.start]
        assert exit.results is not None
        results = read_results(exit.results, frame, stub_frame)
        columns = zip(results, exit.results, strict=True)
        held = [self._heap.handle(word) for word, (type, _) in columns if type.is_reference]
        made = make_objects(exit, frame, stub_frame, self._heap) if exit.objects else []
        words = [handle.word for handle in made]
        values = Values(read_values(exit, frame, stub_frame, words), results)
        self._resume(stub_frame, found, exit, values)
        del held, made  # only now

    def _resume(self, stub_frame: int, found: CodeObject, exit: DeoptExit, values: Values) -> None:
        """Have an interpreter go on, and hand over what returns its results."""
        frame, return_address = _Two.from_address(stub_frame)
        resumes: Resumes = owner_of(_word(frame + FRAME_INSTANCE).value)
        self._tiers.entry.hand_over(stub_frame, resumes.deoptimize(found, exit, values, frame, return_address))

    def _frame(self, code: UnitCode, described: DeoptFrame, values: tuple[int, ...]) -> BaselineFrame:
        info = described.info
        layout = code.frame_layout(info.function_index, info.bytecode_offset, info.mode)
        baseline = code.baseline_code(info.function_index)
        arguments = code.unit.signature(info.function_index).locations.stack_arguments
        return BaselineFrame(described, values, layout, baseline.start, arguments)


def _event(
    code: UnitCode, found: CodeObject, exit: DeoptExit, frames: Frames, frame: int, pc: int, seconds: float
) -> DeoptEvent:
    """What happened, for observers."""
    assert found.code is not None
    told = []
    for made in frames.made:
        layout, info = made.layout, made.input.info
        described = [
            DeoptValue(str(type).lower(), bits, source, places if source[0] != "-" else ())
            for type, bits, source, places in zip(
                info.types, made.values, made.input.values, layout.locals + layout.stack, strict=True
            )
        ]
        function = info.function_index
        told.append(
            DeoptFrameEvent(
                function,
                code.unit.function_name(function),
                info.bytecode_offset,
                info.mode,
                info.locals,
                tuple(described),
                layout.frame_size,
            )
        )
    index = found.code.function_index
    return DeoptEvent(
        index,
        code.unit.function_name(index),
        exit.speculation.reason,
        exit.number,
        exit.node,
        pc,
        found.code.frame_size,
        tuple(told),
        seconds,
        code.unit.language_name,
        objects=len(exit.objects),
    )
