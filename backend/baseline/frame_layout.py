"""How to enter baseline code in the middle: where each value has to be at a bytecode offset, and at which pc."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.baseline.compiler import Compiler, this_machine
from seaofnodes.backend.baseline.handlers import HANDLERS
from seaofnodes.backend.baseline.values import MEM, XMM, is_float_entry
from seaofnodes.backend.layout import InstanceLayout
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.bulk import BULK

if TYPE_CHECKING:
    from seaofnodes.wasm.module import Module

Location = tuple[str, int]

_CALLS: Final = op.CALLS - op.TAIL_CALLS | {op.MEMORY_GROW, op.TABLE_GROW, op.TABLE_FILL, *BULK}


@dataclass(frozen=True, slots=True)
class FrameLayout:
    """What baseline code expects at a bytecode offset, so that a frame can be made that goes on there.

    Attributes: pc: offset in the code; "after" a call: its return address; frame_size: bytes below rbp that the frame
    takes, its instance slot included; area: bytes below that, with the results of the call from `rsp` on (a multiple of
    16; 0 unless "after" a call with results on the stack); locals, stack: all the places where each value has to be, as
    ("r", register), ("x", register), ("s", offset from rbp) or ("c", bits) for a constant, which need not be put
    anywhere; "after" a call without its results, which are where the calling convention says; floats: is the value a
    float, of locals and stack; instance, memory: registers that must hold the instance's address and the start of
    memory 0, or -1.
    """

    pc: int
    frame_size: int
    area: int
    locals: tuple[tuple[Location, ...], ...]
    stack: tuple[tuple[Location, ...], ...]
    floats: tuple[bool, ...]
    instance: int
    memory: int


class _Observation:
    """The state at the wanted place, taken while the compiler passes it; pc and frame size become final later."""

    def __init__(self, compiler: Compiler, index: int, mode: str) -> None:
        self.compiler = compiler
        self.index = index
        self.found: FrameLayout | None = None
        if mode == "before":
            compiler.observer = self.before
        else:
            compiler.return_observer = self.after

    def before(self, index: int) -> None:
        # What a compare has left in the flags is on no stack.
        if index == self.index and self.compiler.condition is None:
            self.take(0)

    def after(self, area: int) -> None:
        if self.compiler.index == self.index:
            self.take(area)

    def take(self, area: int) -> None:
        compiler = self.compiler
        places = tuple(self._locations(index, entry) for index, entry in enumerate(compiler.entries))
        self.found = FrameLayout(
            pc=compiler.asm.pc,
            frame_size=0,
            area=area,
            locals=places[: compiler.locals],
            stack=places[compiler.locals :],
            floats=tuple(map(is_float_entry, compiler.entries)),
            instance=compiler.instance_register,
            memory=compiler.memory_register,
        )

    def _locations(self, index: int, entry: int) -> tuple[Location, ...]:
        if entry < 0:
            return (("c", ~entry >> 1),)
        slot = ("s", self.compiler.home(index).disp)
        if entry >= MEM:
            return (slot,)
        register = ("r", entry) if entry < XMM else ("x", entry - XMM)
        return (register, slot) if index in self.compiler.clean else (register,)


def baseline_frame_layout(
    module: Module,
    function_index: int,
    layout: InstanceLayout,
    offset: int,
    mode: str,
    *,
    feedback: bool = True,
    type_ids: Sequence[int],
    tier_up: bool = False,
    features: CpuFeatures | None = None,
) -> FrameLayout | None:
    """The layout "before" the instruction at a bytecode offset, or "after" the call there.

    "before" a loop is its header, as a branch back reaches it. None where code cannot be entered: the instruction is
    unreachable, or the one before it left its result in the flags for it; never so at calls and loops. Compiles the
    function again; the options must be those that the code was compiled with. Raises ValueError if there is no
    instruction at the offset, or "after" is asked of what is no call.
    """
    compiler = Compiler(
        module,
        function_index,
        layout,
        feedback=feedback,
        type_ids=type_ids,
        tier_up=tier_up,
        features=features or this_machine(),
    )
    index = compiler.body.offsets.index(offset)
    if mode == "after" and compiler.body.opcodes[index] not in _CALLS:
        raise ValueError(f"no call at offset {offset:#x}")
    observation = _Observation(compiler, index, mode)
    compiler.run(HANDLERS)
    found = observation.found
    if found is None:
        return None
    return replace(found, pc=compiler.asm.finish().offset(found.pc), frame_size=compiler.frame_size)
