"""Deoptimization: optimized code has left at an exit; baseline frames take the place of its frame.

For each function that was inlined there, one frame; the innermost goes on at the instruction that optimized code could
not do, the others after their calls. Hölzle, Chambers, Ungar: "Debugging optimized code with dynamic deoptimization",
PLDI 1992.
"""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.code import DeoptExit, DeoptFrame
from seaofnodes.backend.layout import FRAME_INSTANCE, MEMORY_START, TRAP_REASONS
from seaofnodes.errors import Trap
from seaofnodes.runtime.code_space import CodeObject
from seaofnodes.runtime.context import CONTEXT_DEOPT_OUTPUT
from seaofnodes.runtime.deopt_frames import BaselineFrame, Frames, read_values, stack_arguments
from seaofnodes.runtime.events import DeoptEvent, DeoptFrameEvent, DeoptValue
from seaofnodes.runtime.native import NativeBuffer

if TYPE_CHECKING:
    from seaofnodes.runtime.instance import InstanceData
    from seaofnodes.runtime.module_code import ModuleCode
    from seaofnodes.runtime.state import EngineState

_Two = ctypes.c_uint64 * 2
_word = ctypes.c_uint64.from_address
_EXHAUSTED: Final = "call stack exhausted"
assert _EXHAUSTED in TRAP_REASONS


class Deoptimizer:
    """Makes baseline frames for an engine. Attributes: output: what the stub `deoptimize` puts on the stack."""

    __slots__ = ("output",)

    def __init__(self) -> None:
        self.output = NativeBuffer(1 << 12)

    def deoptimize(self, engine: EngineState, stub_frame: int) -> None:
        """What the stub calls; stub_frame: address of [rbp of the optimized code, return address].

        Raises Trap if the stack has no room for the frames, and Error if code space has none for baseline code.
        """
        start = time.perf_counter()
        frame, return_address = _Two.from_address(stub_frame)
        found = engine.space.find(return_address - 1)
        assert found is not None and found.code is not None
        exit = found.code.deopts[return_address - found.start]
        instance = _word(frame + FRAME_INSTANCE).value
        data: InstanceData = engine.natives[instance]
        code = data.code
        values = read_values(exit, frame, stub_frame)
        made = [self._frame(code, described, bits) for described, bits in zip(exit.frames, values, strict=True)]
        physical = code.module.functions[found.code.function_index]
        frames = Frames(made, frame, stack_arguments([kind.is_float for kind in physical.params]))
        if frames.bottom < engine.stack_limit:
            raise Trap(_EXHAUSTED)
        if self.output.size < frames.room:
            self.output = NativeBuffer(2 * frames.room)
        memory = _word(data.memories[0].record + MEMORY_START).value if data.memories else 0
        frames.write(instance, memory, self.output)
        engine.space.store_word(engine.space.context + CONTEXT_DEOPT_OUTPUT, self.output.address)
        code.deoptimized(found, exit, return_address, data)
        if engine.observers:
            engine.notify(_event(code, found, exit, frames, frame, return_address, time.perf_counter() - start))

    def _frame(self, code: ModuleCode, described: DeoptFrame, values: tuple[int, ...]) -> BaselineFrame:
        info = described.info
        layout = code.frame_layout(info.function_index, info.bytecode_offset, info.mode)
        baseline = code.baseline_code(info.function_index)
        parameters = code.module.functions[info.function_index].params
        arguments = stack_arguments([kind.is_float for kind in parameters])
        return BaselineFrame(described, values, layout, baseline.start, arguments)


def _event(
    code: ModuleCode, found: CodeObject, exit: DeoptExit, frames: Frames, frame: int, pc: int, seconds: float
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
                code.module.function_name(function),
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
        code.module.function_name(index),
        exit.speculation.reason,
        exit.number,
        exit.node,
        pc,
        found.code.frame_size,
        tuple(told),
        seconds,
    )
