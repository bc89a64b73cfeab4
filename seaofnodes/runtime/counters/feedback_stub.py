"""What an indirect call's site has seen: uninitialized, monomorphic, polymorphic, megamorphic, never backwards.

After V8's call feedback: one target sits in the entry itself, two to four in a block of the instance's
arena, which is there from the beginning: machine code allocates a block by moving a pointer.
"""

from __future__ import annotations

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import (
    FEEDBACK_COUNT,
    FEEDBACK_TARGET,
    FRAME_INSTANCE,
    INSTANCE_ARENA,
    MEGAMORPHIC,
    POLYMORPHIC,
    POLYMORPHIC_BLOCK,
    POLYMORPHIC_TARGETS,
    R11,
    RAX,
    RBP,
    RCX,
    RSI,
)


def feedback_indirect(a: Assembler) -> None:
    """r11: the entry, rsi: the target's record; the caller's frame tells the instance. All registers survive."""
    target, total = Mem(R11, FEEDBACK_TARGET), Mem(R11, FEEDBACK_COUNT)
    seen, count, polymorphic = Label(), Label(), Label()
    a.emit("CMP_m64_i32", target, 0)
    a.jcc("NE", seen)
    a.emit("MOV_m64_r64", target, RSI)
    a.bind(count)
    a.emit("INC_m64", total)
    a.ret()
    a.bind(seen)
    a.emit("CMP_m64_r64", target, RSI)
    a.jcc("E", count)
    a.emit("CMP_m64_i32", target, MEGAMORPHIC)
    a.jcc("E", count)
    a.emit("PUSH_r64", RAX)
    a.emit("PUSH_r64", RCX)
    a.emit("MOV_r64_m64", RAX, target)
    a.emit("TEST_r32_i32", RAX, POLYMORPHIC)
    a.jcc("NE", polymorphic)
    _become_polymorphic(a)
    a.bind(polymorphic)
    _count_target(a)


def _become_polymorphic(a: Assembler) -> None:
    """rax: the only target so far. Goes on with rax: the block's address + POLYMORPHIC, published when it is filled."""
    megamorphic, filled = Label(), Label()
    a.emit("MOV_r64_m64", RCX, Mem(RBP, FRAME_INSTANCE))
    a.emit("CMP_m64_i32", Mem(RCX, INSTANCE_ARENA), 0)
    a.jcc("E", megamorphic)
    a.emit("ADD_m64_i32", Mem(RCX, INSTANCE_ARENA), POLYMORPHIC_BLOCK)
    a.emit("MOV_r64_m64", RCX, Mem(RCX, INSTANCE_ARENA))
    a.emit("MOV_m64_r64", Mem(RCX, -POLYMORPHIC_BLOCK), RAX)
    a.emit("MOV_r64_m64", RAX, Mem(R11, FEEDBACK_COUNT))
    a.emit("MOV_m64_r64", Mem(RCX, 8 - POLYMORPHIC_BLOCK), RAX)
    a.emit("LEA_r64_m", RAX, Mem(RCX, POLYMORPHIC - POLYMORPHIC_BLOCK))
    a.emit("MOV_m64_r64", Mem(R11, FEEDBACK_TARGET), RAX)
    a.jmp(filled)
    a.bind(megamorphic)
    _become_megamorphic(a)
    a.bind(filled)


def _count_target(a: Assembler) -> None:
    """rax: the block's address + POLYMORPHIC. Counts the target there, in a free place if it is new, and returns."""
    done = Label()
    found = [Label() for _ in range(POLYMORPHIC_TARGETS)]
    free = [Label() for _ in range(POLYMORPHIC_TARGETS)]
    for i in range(POLYMORPHIC_TARGETS):
        a.emit("MOV_r64_m64", RCX, Mem(RAX, 16 * i - POLYMORPHIC))
        a.emit("CMP_r64_r64", RCX, RSI)
        a.jcc("E", found[i])
        if i:  # the first is never free
            a.emit("TEST_r64_r64", RCX, RCX)
            a.jcc("E", free[i])
    _become_megamorphic(a)
    for i in range(POLYMORPHIC_TARGETS):
        a.bind(free[i])
        a.emit("MOV_m64_r64", Mem(RAX, 16 * i - POLYMORPHIC), RSI)
        a.bind(found[i])
        a.emit("INC_m64", Mem(RAX, 16 * i + 8 - POLYMORPHIC))
        a.jmp(done)
    a.bind(done)
    _finish(a)


def _become_megamorphic(a: Assembler) -> None:
    a.emit("MOV_m64_i32", Mem(R11, FEEDBACK_TARGET), MEGAMORPHIC)
    _finish(a)


def _finish(a: Assembler) -> None:
    a.emit("INC_m64", Mem(R11, FEEDBACK_COUNT))
    a.emit("POP_r64", RCX)
    a.emit("POP_r64", RAX)
    a.ret()
