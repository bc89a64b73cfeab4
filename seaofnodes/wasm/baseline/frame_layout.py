"""Entering baseline code in the middle: compiles a function once more and notes where everything is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.template.frame_layout import FrameLayout, Location, Place
from seaofnodes.backend.template.values import MEM, XMM, is_float_entry
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.compiler import Compiler, this_machine
from seaofnodes.wasm.baseline.frame import prologue
from seaofnodes.wasm.baseline.handlers import HANDLERS
from seaofnodes.wasm.bulk import BULK, OBJECT_BULK
from seaofnodes.wasm.instance_layout import InstanceLayout

if TYPE_CHECKING:
    from seaofnodes.wasm.module import Module

_CALLS: Final = op.CALLS - op.TAIL_CALLS | {op.MEMORY_GROW, op.TABLE_GROW, op.TABLE_FILL, *BULK, *OBJECT_BULK}


class _Observer:
    """Takes the state at the wanted places while the compiler passes them; pc and frame size become final later."""

    def __init__(self, compiler: Compiler, wanted: Collection[tuple[int, str]]) -> None:
        self.compiler = compiler
        self.found: dict[Place, FrameLayout] = {}
        self._before = {index for index, mode in wanted if mode == "before"}
        self._after = {index for index, mode in wanted if mode == "after"}
        if self._before:
            compiler.observer = self.before
        if self._after:
            compiler.return_observer = self.after

    def before(self, index: int) -> None:
        # What a compare has left in the flags is on no stack.
        if index in self._before and self.compiler.condition is None:
            self.found[index, "before"] = self._take(0)

    def after(self, area: int) -> None:
        if self.compiler.index in self._after:
            self.found[self.compiler.index, "after"] = self._take(area)

    def _take(self, area: int) -> FrameLayout:
        compiler = self.compiler
        memory = compiler.memory_register
        places = tuple(self._locations(index, entry) for index, entry in enumerate(compiler.entries))
        return FrameLayout(
            pc=compiler.asm.pc,
            frame_size=0,
            area=area,
            locals=places[: compiler.locals],
            stack=places[compiler.locals :],
            floats=tuple(map(is_float_entry, compiler.entries)),
            instance=compiler.instance_register,
            copies=() if memory < 0 else ((memory, compiler.bases[0]),),
        )

    def _locations(self, index: int, entry: int) -> tuple[Location, ...]:
        if entry < 0:
            return (("c", ~entry >> 1),)
        slot = ("s", self.compiler.home(index).disp)
        if entry >= MEM:
            return (slot,)
        register = ("r", entry) if entry < XMM else ("x", entry - XMM)
        return (register, slot) if index in self.compiler.clean else (register,)


def baseline_frame_layouts(
    module: Module,
    function_index: int,
    layout: InstanceLayout,
    wanted: Collection[Place],
    *,
    feedback: bool = True,
    type_ids: Sequence[int],
    tier_up: bool = False,
    features: CpuFeatures | None = None,
) -> dict[Place, FrameLayout]:
    """The layouts at some places: "before" the instruction at a bytecode offset, or "after" the call there.

    "before" a loop is its header, as a branch back reaches it. Missing are places where code cannot be entered: the
    instruction is unreachable (a trap that is certain counts), or the one before it left its result in the flags for
    it, which is never so at calls and loops.
    Compiles the function again; the options must be those that the code was compiled with. Raises ValueError if there
    is no instruction at an offset, or "after" is asked of what is no call.
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
    offsets = compiler.body.offsets
    places = {}
    for offset, mode in wanted:
        index = bisect_left(offsets, offset)
        if index == len(offsets) or offsets[index] != offset:
            raise ValueError(f"no instruction at offset {offset:#x}")
        if mode == "after" and compiler.body.opcodes[index] not in _CALLS:
            raise ValueError(f"no call at offset {offset:#x}")
        places[index, mode] = (offset, mode)
    observer = _Observer(compiler, places)
    compiler.run(prologue, HANDLERS)
    final, size = compiler.asm.finish().offset, compiler.frame_size
    return {places[at]: replace(found, pc=final(found.pc), frame_size=size) for at, found in observer.found.items()}
