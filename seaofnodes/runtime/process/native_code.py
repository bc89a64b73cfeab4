"""Machine code that belongs to the process: what has to happen whole, whatever Python is interrupted by.

An exception may rise between any two of Python's instructions: KeyboardInterrupt, what a handler of signals or a trace
function raises. So what must be undone is undone here, where Python cannot be interrupted, and what dies gives its
memory back here, when its last reference goes: Python's collector runs finalizers and callbacks of weak references
before that, while other finalizers may still call into compiled code.

All of it runs with Python's lock, which makes each piece atomic for Python's threads.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Final

from seaofnodes.backend.assembler import Assembler, Label, Mem, Rip
from seaofnodes.backend.layout import R8, R9, R12, R13, R14, R15, RAX, RBP, RBX, RCX, RDI, RDX, RSI
from seaofnodes.runtime.process.native import (
    MAP_ANONYMOUS,
    MAP_NORESERVE,
    MAP_PRIVATE,
    PAGE,
    PROT_EXEC,
    PROT_READ,
    PROT_WRITE,
    NativeBuffer,
    libc,
    map_pages,
    protect_pages,
    view,
)

# A block: words from the C library's heap, freed with the capsule that owns it. All are 0 where there is none.
BLOCK_BASE, BLOCK_LENGTH = 0, 8  # the native record of a memory or a table, see backend/layout.py
BLOCK_SIZE = 0x10  # bytes to unmap at the base
BLOCK_OTHER, BLOCK_OTHER_SIZE = 0x18, 0x20  # a second range to unmap
BLOCK_SIGNALS = 0x28  # address of an entry in the table of the signal handlers, to be made void
BLOCK_BUDGET = 0x30  # address of the budget that gets the length back
BLOCK_SHIFT = 0x38  # log2 of the bytes that one of the length stands for
BLOCK_LIST, BLOCK_ITEM = 0x40, 0x48  # a list of Python and what to append to it, both held
BLOCK_OWNER = 0x50  # an object to release
BLOCK_WORDS: Final = 11

PAUSES: Final = NativeBuffer(16)  # of Python's collector, of all threads
PAUSES_COUNT, PAUSES_WAS_ON = 0, 8

BUSY: Final = object()  # what `exclusively` gives when another thread is inside

Build = Callable[[Assembler], None]


def address_of(name: str) -> int:
    """Address of a function of CPython's C interface, or of the C library."""
    library = libc if not name.startswith("Py") else ctypes.pythonapi
    found = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
    assert found is not None
    return found


def call(a: Assembler, name: str) -> None:
    """Call a C function; rsp must be aligned."""
    a.call_mem(Rip(a.constant(address_of(name).to_bytes(8, "little"))))


def make_executable(builders: dict[str, Build]) -> dict[str, int]:
    """Assemble functions into pages of their own, which stay; their addresses."""
    a = Assembler()
    marks: dict[str, Label] = {}
    for name, build in builders.items():
        a.align(16)
        marks[name] = a.mark()
        build(a)
    data = a.finish().data
    code = map_pages(len(data), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
    view(code, len(data))[:] = data
    protect_pages(code, len(data), PROT_READ | PROT_EXEC)
    return {name: code + mark.offset for name, mark in marks.items()}


def _enter(a: Assembler, *saved: int) -> None:
    """Prologue that saves registers: an even number of them, which keeps rsp aligned."""
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, 4)
    for register in saved:
        a.emit("PUSH_r64", register)


def _leave(a: Assembler, *saved: int) -> None:
    for register in reversed(saved):
        a.emit("POP_r64", register)
    a.emit("POP_r64", RBP)
    a.ret()


def _exclusively(a: Assembler) -> None:
    """PyObject *exclusively(word *owner, PyObject *callable): call it while no other thread is inside, or give BUSY.

    The owner is the thread's PyThreadState; a thread that is inside may come in again.
    """
    saved = (RBX, R12, R13, R14)
    busy, inside, done = Label(), Label(), Label()
    _enter(a, *saved)
    a.emit("MOV_r64_r64", RBX, RDI)
    a.emit("MOV_r64_r64", R12, RSI)
    a.emit("XOR_r32_r32", R13, R13)  # the word to clear at the end: none
    call(a, "PyThreadState_Get")
    a.emit("MOV_r64_m64", RCX, Mem(RBX))
    a.emit("CMP_r64_r64", RCX, RAX)
    a.jcc("E", inside)
    a.emit("TEST_r64_r64", RCX, RCX)
    a.jcc("NE", busy)
    a.emit("MOV_m64_r64", Mem(RBX), RAX)
    a.emit("MOV_r64_r64", R13, RBX)
    a.bind(inside)
    a.emit("MOV_r64_r64", RDI, R12)
    call(a, "PyObject_CallNoArgs")
    a.emit("TEST_r64_r64", R13, R13)
    a.jcc("E", done)
    a.emit("MOV_m64_i32", Mem(R13), 0)
    a.jmp(done)
    a.bind(busy)
    a.emit("MOV_r64_m64", RDI, Rip(a.constant(id(BUSY).to_bytes(8, "little"))))
    a.emit("MOV_r64_r64", RBX, RDI)
    call(a, "Py_IncRef")
    a.emit("MOV_r64_r64", RAX, RBX)
    a.bind(done)
    _leave(a, *saved)


def _hold(a: Assembler) -> None:
    """int hold(word *owner): take it for the calling thread if no other has it; 1: the thread has it."""
    taken, mine = Label(), Label()
    _enter(a, RBX, R12)
    a.emit("MOV_r64_r64", RBX, RDI)
    call(a, "PyThreadState_Get")
    a.emit("MOV_r64_m64", RCX, Mem(RBX))
    a.emit("CMP_r64_r64", RCX, RAX)
    a.jcc("E", mine)
    a.emit("TEST_r64_r64", RCX, RCX)
    a.emit("MOV_r32_i32", RCX, 0)
    a.jcc("NE", taken)
    a.emit("MOV_m64_r64", Mem(RBX), RAX)
    a.bind(mine)
    a.emit("MOV_r32_i32", RCX, 1)
    a.bind(taken)
    a.emit("MOV_r64_r64", RAX, RCX)
    _leave(a, RBX, R12)


def _without_collector(a: Assembler) -> None:
    """PyObject *without_collector(PyObject *callable): call it with Python's cyclic collector off.

    Calls may overlap in several threads: the first turns it off, the last one on again if it was on before.
    """
    saved = (RBX, R12)
    inside, last, done = Label(), Label(), Label()
    _enter(a, *saved)
    a.emit("MOV_r64_r64", RBX, RDI)
    a.emit("MOV_r64_m64", R12, Rip(a.constant(PAUSES.address.to_bytes(8, "little"))))
    a.emit("CMP_m64_i32", Mem(R12, PAUSES_COUNT), 0)
    a.jcc("NE", inside)
    call(a, "PyGC_Disable")
    a.emit("MOV_r32_r32", RAX, RAX)
    a.emit("MOV_m64_r64", Mem(R12, PAUSES_WAS_ON), RAX)
    a.bind(inside)
    a.emit("INC_m64", Mem(R12, PAUSES_COUNT))
    a.emit("MOV_r64_r64", RDI, RBX)
    call(a, "PyObject_CallNoArgs")
    a.emit("MOV_r64_r64", RBX, RAX)
    a.emit("MOV_r64_m64", RCX, Mem(R12, PAUSES_COUNT))
    a.emit("TEST_r64_r64", RCX, RCX)
    a.jcc("E", last)  # in a forked process, which counts from 0
    a.emit("DEC_r64", RCX)
    a.emit("MOV_m64_r64", Mem(R12, PAUSES_COUNT), RCX)
    a.jcc("NE", done)
    a.bind(last)
    a.emit("CMP_m64_i32", Mem(R12, PAUSES_WAS_ON), 0)
    a.jcc("E", done)
    call(a, "PyGC_Enable")
    a.bind(done)
    a.emit("MOV_r64_r64", RAX, RBX)
    _leave(a, *saved)


def _destroy(a: Assembler) -> None:
    """void destroy(PyObject *capsule): do what the block says, and free it."""
    saved = (RBX, R12)
    _enter(a, *saved)
    a.emit("XOR_r32_r32", RSI, RSI)
    call(a, "PyCapsule_GetPointer")
    a.emit("MOV_r64_r64", RBX, RAX)
    mapped = Label()
    a.emit("MOV_r64_m64", RAX, Mem(RBX, BLOCK_SIGNALS))  # before the range is mapped anew
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc("E", mapped)
    a.emit("MOV_m64_i32", Mem(RAX), -1)
    a.bind(mapped)
    for base, size in ((BLOCK_BASE, BLOCK_SIZE), (BLOCK_OTHER, BLOCK_OTHER_SIZE)):
        none = Label()
        a.emit("MOV_r64_m64", RDI, Mem(RBX, base))
        a.emit("TEST_r64_r64", RDI, RDI)
        a.jcc("E", none)
        a.emit("MOV_r64_m64", RSI, Mem(RBX, size))
        call(a, "munmap")
        a.bind(none)
    free = Label()
    a.emit("MOV_r64_m64", RDX, Mem(RBX, BLOCK_BUDGET))
    a.emit("TEST_r64_r64", RDX, RDX)
    a.jcc("E", free)
    a.emit("MOV_r64_m64", RAX, Mem(RBX, BLOCK_LENGTH))
    a.emit("MOV_r64_m64", RCX, Mem(RBX, BLOCK_SHIFT))
    a.emit("SHL_r64_cl", RAX)
    a.emit("ADD_m64_r64", Mem(RDX), RAX)
    a.bind(free)
    alone, appended = Label(), Label()
    a.emit("MOV_r64_m64", RDI, Mem(RBX, BLOCK_LIST))
    a.emit("TEST_r64_r64", RDI, RDI)
    a.jcc("E", alone)
    a.emit("MOV_r64_m64", RSI, Mem(RBX, BLOCK_ITEM))
    call(a, "PyList_Append")
    a.emit("TEST_r32_r32", RAX, RAX)
    a.jcc("E", appended)
    call(a, "PyErr_Clear")
    a.bind(appended)
    a.bind(alone)
    for held in (BLOCK_ITEM, BLOCK_LIST, BLOCK_OWNER):
        a.emit("MOV_r64_m64", RDI, Mem(RBX, held))
        call(a, "Py_DecRef")  # does nothing for null
    a.emit("MOV_r64_r64", RDI, RBX)
    call(a, "free")
    _leave(a, *saved)


def _reserve(a: Assembler) -> None:
    """i64 reserve(block *, u64 size, u64 base, u64 length): inaccessible addresses, which the block has at once; or -1.

    base, length: offsets of the block's words for where they begin and how many there are.
    """
    saved = (RBX, R12, R13, R14)
    fail = Label()
    _enter(a, *saved)
    for kept, given in ((RBX, RDI), (R12, RSI), (R13, RDX), (R14, RCX)):
        a.emit("MOV_r64_r64", kept, given)
    a.emit("XOR_r32_r32", RDI, RDI)
    a.emit("XOR_r32_r32", RDX, RDX)  # no access
    a.emit("MOV_r32_i32", RCX, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
    a.emit("MOV_r64_i32", R8, -1)
    a.emit("XOR_r32_r32", R9, R9)
    call(a, "mmap")
    a.emit("CMP_r64_i32", RAX, -1)
    a.jcc("E", fail)
    a.emit("MOV_m64_r64", Mem(RBX, 0, R14), R12)
    a.emit("MOV_m64_r64", Mem(RBX, 0, R13), RAX)
    a.bind(fail)
    _leave(a, *saved)


def _charge(a: Assembler) -> None:
    """int charge(block *, word *budget): let the budget pay for the block's length and get it back one day; or -1."""
    fail = Label()
    a.emit("MOV_r64_m64", RAX, Mem(RDI, BLOCK_LENGTH))
    a.emit("MOV_r64_m64", RCX, Mem(RDI, BLOCK_SHIFT))
    a.emit("SHL_r64_cl", RAX)
    a.emit("CMP_m64_r64", Mem(RSI), RAX)
    a.jcc("B", fail)
    a.emit("SUB_m64_r64", Mem(RSI), RAX)
    a.emit("MOV_m64_r64", Mem(RDI, BLOCK_BUDGET), RSI)
    a.emit("XOR_r32_r32", RAX, RAX)
    a.ret()
    a.bind(fail)
    a.emit("MOV_r64_i32", RAX, -1)
    a.ret()


def _grow(length_shift: int, byte_shift: int) -> Build:
    """i64 grow(block *, u64 delta, u64 limit, word *budget, u64 fill): the old size, or -1; for tables with `fill`.

    The length of a record counts in units of 1 << length_shift (so a memory has bytes there), and one of the size is
    1 << byte_shift bytes of memory.
    """

    def build(a: Assembler) -> None:
        saved = (RBX, R12, R13, R14, R15, R8)
        done, fail, undo, free, leave = Label(), Label(), Label(), Label(), Label()
        _enter(a, *saved)
        a.emit("MOV_r64_r64", RBX, RDI)
        a.emit("MOV_r64_r64", R12, RSI)
        a.emit("MOV_r64_r64", R15, RCX)
        a.emit("MOV_r64_m64", R13, Mem(RBX, BLOCK_LENGTH))
        if length_shift:
            a.emit("SHR_r64_i8", R13, length_shift)
        a.emit("MOV_r64_r64", RAX, R13)
        a.emit("ADD_r64_r64", RAX, R12)
        a.jcc("B", fail)
        a.emit("CMP_r64_r64", RAX, RDX)
        a.jcc("A", fail)
        a.emit("TEST_r64_r64", R12, R12)
        a.jcc("E", done)
        a.emit("MOV_r64_r64", R14, R12)
        a.emit("SHL_r64_i8", R14, byte_shift)
        a.emit("TEST_r64_r64", R15, R15)
        a.jcc("E", free)
        a.emit("CMP_m64_r64", Mem(R15), R14)
        a.jcc("B", fail)
        a.emit("SUB_m64_r64", Mem(R15), R14)
        a.bind(free)
        a.emit("MOV_r64_r64", RDI, R13)
        a.emit("SHL_r64_i8", RDI, byte_shift)
        a.emit("ADD_r64_m64", RDI, Mem(RBX, BLOCK_BASE))
        a.emit("LEA_r64_m", RSI, Mem(RDI, 0, R14))
        a.emit("AND_r64_i32", RDI, -PAGE)
        a.emit("SUB_r64_r64", RSI, RDI)
        a.emit("MOV_r32_i32", RDX, PROT_READ | PROT_WRITE)
        call(a, "mprotect")
        a.emit("TEST_r32_r32", RAX, RAX)
        a.jcc("NE", undo)
        if byte_shift == 3:
            a.emit("MOV_r64_r64", RDI, R13)
            a.emit("SHL_r64_i8", RDI, byte_shift)
            a.emit("ADD_r64_m64", RDI, Mem(RBX, BLOCK_BASE))
            a.emit("MOV_r64_r64", RCX, R12)
            a.emit("MOV_r64_m64", RAX, Mem(RBP, -8 * len(saved)))
            a.emit("REP_STOSQ")
        a.emit("LEA_r64_m", RAX, Mem(R13, 0, R12))
        if length_shift:
            a.emit("SHL_r64_i8", RAX, length_shift)
        a.emit("MOV_m64_r64", Mem(RBX, BLOCK_LENGTH), RAX)
        a.bind(done)
        a.emit("MOV_r64_r64", RAX, R13)
        a.jmp(leave)
        a.bind(undo)
        a.emit("TEST_r64_r64", R15, R15)
        a.jcc("E", fail)
        a.emit("ADD_m64_r64", Mem(R15), R14)
        a.bind(fail)
        a.emit("MOV_r64_i32", RAX, -1)
        a.bind(leave)
        _leave(a, *saved)

    return build


_code: Final = make_executable(
    {
        "exclusively": _exclusively,
        "hold": _hold,
        "without_collector": _without_collector,
        "destroy": _destroy,
        "reserve": _reserve,
        "charge": _charge,
        "grow_memory": _grow(16, 16),
        "grow_table": _grow(0, 3),
    }
)
_Object: Final = ctypes.py_object
_Word: Final = ctypes.c_uint64

DESTROY: Final = _code["destroy"]
call_exclusively: Final[Any] = ctypes.PYFUNCTYPE(_Object, _Word, _Object)(_code["exclusively"])
call_hold: Final[Any] = ctypes.PYFUNCTYPE(ctypes.c_int, _Word)(_code["hold"])
call_without_collector: Final[Any] = ctypes.PYFUNCTYPE(_Object, _Object)(_code["without_collector"])
call_reserve: Final[Any] = ctypes.PYFUNCTYPE(ctypes.c_int64, _Word, _Word, _Word, _Word)(_code["reserve"])
call_charge: Final[Any] = ctypes.PYFUNCTYPE(ctypes.c_int, _Word, _Word)(_code["charge"])
_GROW: Final = ctypes.PYFUNCTYPE(ctypes.c_int64, _Word, _Word, _Word, _Word, _Word)
call_grow_memory: Final[Any] = _GROW(_code["grow_memory"])
call_grow_table: Final[Any] = _GROW(_code["grow_table"])
