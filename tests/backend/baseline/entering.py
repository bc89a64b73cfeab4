"""Enters installed baseline code in the middle, as a deoptimization does: a stub makes the frame a layout describes."""

from __future__ import annotations

from collections.abc import Sequence

from seaofnodes.backend.assembler import Assembler, Mem
from seaofnodes.backend.layout import R11, RBP, RSI, RSP, locations
from seaofnodes.backend.template.frame_layout import FrameLayout
from seaofnodes.wasm.baseline import baseline_frame_layouts
from seaofnodes.wasm.engine.instance import Instance
from seaofnodes.wasm.types import FuncType


def layout_at(instance: Instance, function_index: int, offset: int, mode: str) -> FrameLayout | None:
    """The layout of a function as the instance's engine compiles it."""
    unit = instance.data.unit
    place = (offset, mode)
    found = baseline_frame_layouts(
        instance.module, function_index, unit.layout, [place], type_ids=unit.type_ids, tier_up=False
    )
    return found.get(place)


def enter(
    instance: Instance,
    function_index: int,
    layout: FrameLayout,
    values: Sequence[int],
    called: FuncType | None = None,
    results: Sequence[int] = (),
) -> tuple[int, ...]:
    """Go on where the layout says with these bit patterns of locals, then stack, and of the results of the call.

    Gives the bit patterns of the function's results; raises Trap.
    """
    code = instance.data.code
    code.compile_first(function_index, instance.data.feedback)
    installed = code.baseline[function_index]
    space = code.tiers.space
    asm = Assembler()
    _make_frame(asm, layout)
    late: list[tuple[str, int, int]] = []
    for places, bits in zip((*layout.locals, *layout.stack), values, strict=True):
        for kind, where in places:
            if kind == "s":
                asm.move_constant(R11, bits)
                asm.emit("MOV_m64_r64", Mem(RBP, where), R11)
            elif kind != "c":
                late.append((kind, where, bits))
    if called is not None:
        where_results = locations([t.is_float for t in called.params], [t.is_float for t in called.results]).results
        for (kind, where), bits in zip(where_results, results, strict=True):
            if kind == "s":
                asm.move_constant(R11, bits)
                asm.emit("MOV_m64_r64", Mem(RSP, 8 * where), R11)
            else:
                late.append((kind, where, bits))
    for kind, where, bits in late:
        asm.move_constant(R11 if kind == "x" else where, bits)
        if kind == "x":
            asm.emit("MOVQ_x_r64", where, R11)
    if layout.instance >= 0:
        asm.emit("MOV_r64_m64", layout.instance, Mem(RBP, -8))
    for register, offset in layout.copies:
        asm.emit("MOV_r64_m64", register, Mem(RBP, -8))
        asm.emit("MOV_r64_m64", register, Mem(register, offset))
    asm.emit("MOV_r64_i64", R11, installed.start + layout.pc)
    asm.emit("JMP_r64", R11)
    stub = space.install(asm.finish().data, (), "enter")
    slot = code.slots + 8 * function_index
    space.store_word(slot, stub.start)
    try:
        function = instance.data.function(function_index)
        given: tuple[int, ...] = function.call_bits(*[0] * len(function.type.params))
        return given
    finally:
        space.store_word(slot, installed.start)
        space.free(stub)


def _make_frame(asm: Assembler, layout: FrameLayout) -> None:
    asm.emit("PUSH_r64", RBP)
    asm.emit("MOV_r64_r64", RBP, RSP)
    asm.emit("PUSH_r64", RSI)
    asm.emit("LEA_r64_m", RSP, Mem(RSP, 8 - layout.frame_size - layout.area))
