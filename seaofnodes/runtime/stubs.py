"""The builtins: machine code that compiled code calls or jumps to, the same for every module of an engine.

Register contracts (docs/architecture.md, "Builtins", has the table for compiled code):

trap_<i>            called; never returns.
poll_entry          r11: address compared with the stack limit. Preserves every register.
poll_loop, tier_up  preserve every register; rbp is the caller's frame, [rbp-8] its instance.
memory_grow         rsi: instance, eax: memory index, ecx: pages; result in eax.
memory_init ...     bulk operations; rsi: instance, operands as of a wasm function; no result.
feedback_indirect   r11: feedback entry, rsi: target's record; preserves every register.

For the runtime only:

lazy                jumped to by a function's lazy stub, r11: function index, arguments as for the function.
call_python         rdi: callable, rsi: a word, given to it as an int; rax: 0 when it raised. For aligned rsp.
unwind_raised       leaves for the innermost entry frame, which then returns RAISED.
entry_exit          the common end of entry stubs. rbp: the entry frame, ebx: the status.
fault               where the signal handler continues after a fault; CONTEXT_TRAP_PC: the pc.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem, Rip
from seaofnodes.backend.code import Relocation
from seaofnodes.backend.layout import (
    BACKTRACE_LIMIT,
    CONTEXT_ENTRY_FRAME,
    CONTEXT_FRAME_COUNT,
    CONTEXT_FRAMES,
    CONTEXT_REAL_LIMIT,
    CONTEXT_STACK_LIMIT,
    CONTEXT_TRAP_PC,
    CONTEXT_TRAP_REASON,
    FEEDBACK_COUNT,
    FEEDBACK_TARGET,
    INSTANCE_HEADER,
    INTEGER_ARGUMENTS,
    MEGAMORPHIC,
    MEMORY_BYTES,
    R8,
    R9,
    R11,
    R12,
    R13,
    R14,
    R15,
    RAX,
    RBP,
    RBX,
    RCX,
    RDI,
    RDX,
    RSI,
    RSP,
    TRAP_REASONS,
)
from seaofnodes.runtime.bulk import MEMORY_TRAP, OPERATIONS, TABLE_TRAP
from seaofnodes.runtime.code_space import CodeSpace
from seaofnodes.runtime.context import C_FUNCTION, CALLABLE, CONTEXT_THREAD, FAULT, RAISED, TRAPPED

STACK_EXHAUSTED: Final = TRAP_REASONS.index("call stack exhausted")

# The entry frame, below its rbp: rbx r12 r13 r14 r15, the buffer, the outer entry frame, padding.
ENTRY_SAVED: Final = (RBX, R12, R13, R14, R15)
ENTRY_BUFFER: Final = -48
ENTRY_OUTER: Final = -56
ENTRY_SIZE: Final = 64


def context(offset: int) -> Rip:
    """A word of the engine's context."""
    return Rip(reloc=("context", offset))


def call_c(a: Assembler, name: str) -> None:
    """Call a function of CPython; rsp must be aligned."""
    a.call_mem(context(C_FUNCTION[name]))


def _call_python(a: Assembler) -> None:
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("MOV_r64_r64", RBX, RDI)  # wasm code keeps nothing in rbx and r12 across a call
    a.emit("MOV_r64_r64", R12, RSI)
    a.emit("MOV_r64_m64", RDI, context(CONTEXT_THREAD))
    call_c(a, "PyEval_RestoreThread")
    a.emit("MOV_r64_r64", RDI, R12)
    call_c(a, "PyLong_FromVoidPtr")
    a.emit("MOV_r64_r64", R12, RAX)
    failed, done = Label(), Label()
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc("E", failed)
    a.emit("MOV_r64_r64", RDI, RBX)
    a.emit("MOV_r64_r64", RSI, RAX)
    call_c(a, "PyObject_CallOneArg")
    a.emit("MOV_r64_r64", RBX, RAX)
    a.emit("MOV_r64_r64", RDI, R12)
    call_c(a, "Py_DecRef")
    a.emit("MOV_r64_r64", RDI, RBX)
    call_c(a, "Py_DecRef")  # does nothing for null
    a.jmp(done)
    a.bind(failed)
    a.emit("XOR_r32_r32", RBX, RBX)
    a.bind(done)
    call_c(a, "PyEval_SaveThread")
    a.emit("MOV_m64_r64", context(CONTEXT_THREAD), RAX)
    a.emit("MOV_r64_r64", RAX, RBX)
    a.emit("LEAVE")
    a.ret()


def _entry_exit(a: Assembler) -> None:
    a.emit("MOV_r64_m64", RAX, Mem(RBP, ENTRY_OUTER))
    a.emit("MOV_m64_r64", context(CONTEXT_ENTRY_FRAME), RAX)
    a.emit("MOV_r64_m64", RDI, context(CONTEXT_THREAD))
    call_c(a, "PyEval_RestoreThread")
    a.emit("MOV_r32_r32", RAX, RBX)
    a.emit("LEA_r64_m", RSP, Mem(RBP, -8 * len(ENTRY_SAVED)))
    for register in reversed(ENTRY_SAVED):
        a.emit("POP_r64", register)
    a.emit("POP_r64", RBP)
    a.ret()


def _unwind(a: Assembler) -> None:
    a.emit("MOV_r64_m64", RBP, context(CONTEXT_ENTRY_FRAME))
    a.emit("LEA_r64_m", RSP, Mem(RBP, -ENTRY_SIZE))
    a.jmp_reloc("builtin", "entry_exit")


def _unwind_raised(a: Assembler) -> None:
    a.emit("MOV_r32_i32", RBX, RAISED)
    _unwind(a)


def _trap(reason: int) -> Callable[[Assembler], None]:
    def build(a: Assembler) -> None:
        a.emit("MOV_r64_m64", R11, Mem(RSP))
        a.emit("MOV_m64_i32", context(CONTEXT_TRAP_REASON), reason)
        a.jmp_reloc("builtin", "walk")

    return build


def _fault(a: Assembler) -> None:
    a.emit("MOV_r64_m64", R11, context(CONTEXT_TRAP_PC))
    a.emit("INC_r64", R11)  # like a return address: its instruction lies before it
    a.emit("MOV_m64_i32", context(CONTEXT_TRAP_REASON), FAULT - (1 << 64))
    a.jmp_reloc("builtin", "walk")


def _walk(a: Assembler) -> None:
    """r11: the innermost return address; collect the others along the chain of frames, and unwind."""
    a.emit("LEA_r64_m", R9, context(CONTEXT_FRAMES))
    a.emit("MOV_m64_r64", Mem(R9), R11)
    a.emit("MOV_r32_i32", RCX, 1)
    a.emit("MOV_r64_m64", RDX, context(CONTEXT_ENTRY_FRAME))
    a.emit("MOV_r64_r64", RAX, RBP)
    done, skip = Label(), Label()
    loop = a.mark()
    a.emit("MOV_r64_m64", RBX, Mem(RAX))
    a.emit("CMP_r64_r64", RBX, RDX)
    a.jcc("E", done)
    a.emit("CMP_r64_i32", RCX, BACKTRACE_LIMIT)
    a.jcc("AE", skip)
    a.emit("MOV_r64_m64", R8, Mem(RAX, 8))
    a.emit("MOV_m64_r64", Mem(R9, 0, RCX, 8), R8)
    a.bind(skip)
    a.emit("INC_r64", RCX)
    a.emit("MOV_r64_r64", RAX, RBX)
    a.jmp(loop)
    a.bind(done)
    a.emit("MOV_m64_r64", context(CONTEXT_FRAME_COUNT), RCX)
    a.emit("MOV_r32_i32", RBX, TRAPPED)
    _unwind(a)


# A frame that saves every register: rbp's frame, then 16 vectors, then 14 integer registers.
_SAVED_INTEGERS: Final = tuple(register for register in range(16) if register not in (RSP, RBP))
_SAVE_ALL: Final = 16 * 16 + 8 * len(_SAVED_INTEGERS)


def _calling_python_saving_all(a: Assembler, name: str) -> None:
    """Call the runtime's callable with the address of [caller's rbp, return address]; every register survives."""
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("AND_r64_i32", RSP, -16)
    a.emit("SUB_r64_i32", RSP, _SAVE_ALL)
    for i, register in enumerate(_SAVED_INTEGERS):
        a.emit("MOV_m64_r64", Mem(RSP, 256 + 8 * i), register)
    for i in range(16):
        a.emit("MOVUPS_m128_x", Mem(RSP, 16 * i), i)
    a.emit("MOV_r64_m64", RDI, context(CALLABLE[name]))
    a.emit("MOV_r64_r64", RSI, RBP)
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    for i in range(16):
        a.emit("MOVUPS_x_m128", i, Mem(RSP, 16 * i))
    for i, register in enumerate(_SAVED_INTEGERS):
        a.emit("MOV_r64_m64", register, Mem(RSP, 256 + 8 * i))
    a.emit("LEAVE")
    a.ret()


def _poll_loop(a: Assembler) -> None:
    # The limit goes back before Python looks for the reason, so that an interrupt that comes now is seen by the
    # next poll.
    a.emit("PUSH_r64", RAX)
    a.emit("MOV_r64_m64", RAX, context(CONTEXT_REAL_LIMIT))
    a.emit("MOV_m64_r64", context(CONTEXT_STACK_LIMIT), RAX)
    a.emit("POP_r64", RAX)
    _calling_python_saving_all(a, "poll")


def _poll_entry(a: Assembler) -> None:
    a.emit("CMP_r64_m64", R11, context(CONTEXT_REAL_LIMIT))
    a.jcc_reloc("BE", "builtin", f"trap_{STACK_EXHAUSTED}")
    _poll_loop(a)


def _tier_up(a: Assembler) -> None:
    _calling_python_saving_all(a, "tier_up")


def _memory_grow(a: Assembler) -> None:
    """Calls Python with the address of [delta, index, instance]; the result comes back in the first word."""
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    for register in (RSI, RAX, RCX, RCX):  # the second rcx aligns
        a.emit("PUSH_r64", register)
    a.emit("MOV_r64_m64", RDI, context(CALLABLE["memory_grow"]))
    a.emit("LEA_r64_m", RSI, Mem(RBP, -24))
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    a.emit("MOV_r32_m32", RAX, Mem(RBP, -24))
    a.emit("LEAVE")
    a.ret()


def _bulk(number: int) -> Callable[[Assembler], None]:
    """Calls Python with the address of [number, operands from the last to the first, instance].

    -1 or a trap comes back.
    """

    def build(a: Assembler) -> None:
        a.emit("PUSH_r64", RBP)
        a.emit("MOV_r64_r64", RBP, RSP)
        for register in (RSI, *INTEGER_ARGUMENTS[:5]):
            a.emit("PUSH_r64", register)
        a.emit("PUSH_i32", number)
        a.emit("PUSH_r64", RBP)  # aligns
        a.emit("MOV_r64_m64", RDI, context(CALLABLE["bulk"]))
        a.emit("LEA_r64_m", RSI, Mem(RSP, 8))
        a.call_reloc("builtin", "call_python")
        a.emit("TEST_r64_r64", RAX, RAX)
        a.jcc_reloc("E", "builtin", "unwind_raised")
        a.emit("MOV_r64_m64", RAX, Mem(RSP, 8))
        trapped, table = Label(), Label()
        a.emit("TEST_r64_r64", RAX, RAX)
        a.jcc("NS", trapped)
        a.emit("LEAVE")
        a.ret()
        a.bind(trapped)
        a.emit("CMP_r64_i32", RAX, MEMORY_TRAP)
        a.jcc("NE", table)
        a.call_reloc("builtin", f"trap_{MEMORY_TRAP}")
        a.bind(table)
        a.call_reloc("builtin", f"trap_{TABLE_TRAP}")

    return build


def _memory(a: Assembler, target: int, index: int) -> None:
    """Put the start of the instance's memory number `index` (a register) into `target`, and its size into r11."""
    a.emit("SHL_r64_i8", index, 4)  # memories come first in an instance, 16 bytes each
    a.emit("MOV_r64_m64", R11, Mem(RSI, INSTANCE_HEADER + 8, index))
    a.emit("MOV_r64_m64", target, Mem(RSI, INSTANCE_HEADER, index))
    a.emit("MOV_r64_m64", R11, Mem(R11, MEMORY_BYTES))


def _check_range(a: Assembler, start: int, count: int, trap: Label) -> None:
    """Trap unless start + count <= r11; clobbers r8."""
    a.emit("LEA_r64_m", R8, Mem(start, 0, count))
    a.emit("CMP_r64_r64", R8, R11)
    a.jcc("A", trap)


def _memory_copy(a: Assembler) -> None:
    """eax, ecx: memories; edx, ebx: target and source; edi: count."""
    trap = Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    _memory(a, RAX, RAX)
    _check_range(a, RDX, RDI, trap)
    _memory(a, R9, RCX)
    _check_range(a, RBX, RDI, trap)
    a.emit("LEA_r64_m", RSI, Mem(R9, 0, RBX))
    a.emit("ADD_r64_r64", RAX, RDX)
    a.emit("MOV_r64_r64", RDX, RDI)
    a.emit("MOV_r64_r64", RDI, RAX)
    call_c(a, "memmove")
    a.emit("LEAVE")
    a.ret()
    a.bind(trap)
    a.call_reloc("builtin", f"trap_{MEMORY_TRAP}")


def _memory_fill(a: Assembler) -> None:
    """eax: memory; ecx: target; edx: value; ebx: count."""
    trap = Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    _memory(a, RDI, RAX)
    _check_range(a, RCX, RBX, trap)
    a.emit("ADD_r64_r64", RDI, RCX)
    a.emit("MOV_r32_r32", RSI, RDX)
    a.emit("MOV_r64_r64", RDX, RBX)
    call_c(a, "memset")
    a.emit("LEAVE")
    a.ret()
    a.bind(trap)
    a.call_reloc("builtin", f"trap_{MEMORY_TRAP}")


def _feedback_indirect(a: Assembler) -> None:
    seen, count = Label(), Label()
    a.emit("CMP_m64_i32", Mem(R11, FEEDBACK_TARGET), 0)
    a.jcc("NE", seen)
    a.emit("MOV_m64_r64", Mem(R11, FEEDBACK_TARGET), RSI)
    a.jmp(count)
    a.bind(seen)
    a.emit("CMP_m64_r64", Mem(R11, FEEDBACK_TARGET), RSI)
    a.jcc("E", count)
    a.emit("MOV_m64_i32", Mem(R11, FEEDBACK_TARGET), MEGAMORPHIC)
    a.bind(count)
    a.emit("INC_m64", Mem(R11, FEEDBACK_COUNT))
    a.ret()


def _lazy(a: Assembler) -> None:
    """Calls Python with the address of [function index, instance]; the code's address comes back in the first word."""
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RSI)
    a.emit("PUSH_r64", R11)
    a.emit("SUB_r64_i32", RSP, 192)
    exhausted = Label()
    a.emit("CMP_r64_m64", RSP, context(CONTEXT_REAL_LIMIT))
    a.jcc("BE", exhausted)
    for i, register in enumerate(INTEGER_ARGUMENTS):
        a.emit("MOV_m64_r64", Mem(RSP, 128 + 8 * i), register)
    for i in range(8):
        a.emit("MOVUPS_m128_x", Mem(RSP, 16 * i), i)
    a.emit("MOV_r64_m64", RDI, context(CALLABLE["compile_lazily"]))
    a.emit("LEA_r64_m", RSI, Mem(RBP, -16))
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    for i in range(8):
        a.emit("MOVUPS_x_m128", i, Mem(RSP, 16 * i))
    for i, register in enumerate(INTEGER_ARGUMENTS):
        a.emit("MOV_r64_m64", register, Mem(RSP, 128 + 8 * i))
    a.emit("MOV_r64_m64", R11, Mem(RBP, -16))
    a.emit("MOV_r64_m64", RSI, Mem(RBP, -8))
    a.emit("LEAVE")
    a.emit("JMP_r64", R11)
    a.bind(exhausted)
    a.call_reloc("builtin", f"trap_{STACK_EXHAUSTED}")


# In an order in which each refers only to those before it.
_BUILDERS: Final[dict[str, Callable[[Assembler], None]]] = {
    "entry_exit": _entry_exit,
    "unwind_raised": _unwind_raised,
    "call_python": _call_python,
    "walk": _walk,
    "fault": _fault,
    **{f"trap_{i}": _trap(i) for i in range(len(TRAP_REASONS))},
    "poll_entry": _poll_entry,
    "poll_loop": _poll_loop,
    "tier_up": _tier_up,
    "memory_grow": _memory_grow,
    "memory_copy": _memory_copy,
    "memory_fill": _memory_fill,
    **{name: _bulk(number) for number, name in enumerate(OPERATIONS)},
    "feedback_indirect": _feedback_indirect,
    "lazy": _lazy,
}


def assemble(build: Callable[[Assembler], None]) -> tuple[bytes, tuple[Relocation, ...]]:
    """Code and relocations of a stub."""
    a = Assembler()
    build(a)
    code = a.finish()
    return code.data, tuple(code.relocations)


@functools.cache
def _assembled() -> dict[str, tuple[bytes, tuple[Relocation, ...]]]:
    """Of all builtins; the same for all engines, so they share it."""
    return {name: assemble(build) for name, build in _BUILDERS.items()}


def install_builtins(space: CodeSpace) -> None:
    """Put all builtins into the space and into `space.builtins`."""
    for name, (data, relocations) in _assembled().items():
        space.builtins[name] = space.install(data, relocations, name).start
