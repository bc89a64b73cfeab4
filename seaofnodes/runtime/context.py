"""The runtime's own words in the engine's context, beside those of backend/layout.py."""

from __future__ import annotations

import ctypes
from typing import Final

from seaofnodes.backend.layout import (
    BACKTRACE_LIMIT,
    CONTEXT_CALLBACKS,
    CONTEXT_FRAMES,
    CONTEXT_SIZE,
    CONTEXT_TRAP_REASON,
)
from seaofnodes.runtime.native import libc

# Functions of CPython's C interface. Code calls them directly: an exception stays where Python looks for it.
_C_FUNCTIONS: Final = (
    "PyEval_RestoreThread",
    "PyEval_SaveThread",
    "PyLong_FromVoidPtr",
    "PyObject_CallOneArg",
    "Py_DecRef",
)
_LIBRARY: Final = ("memmove", "memset")
_CALLABLES: Final = (
    "poll", "compile_lazily", "tier_up", "tier_up_loop", "memory_grow", "bulk", "throw", "exception_new", "table_grow",
    "is_subtype", "deoptimize",
)  # fmt: skip

C_FUNCTION: Final = {name: CONTEXT_CALLBACKS + 8 * i for i, name in enumerate(_C_FUNCTIONS + _LIBRARY)}
CALLABLE: Final = {name: CONTEXT_CALLBACKS + 8 * (i + len(C_FUNCTION)) for i, name in enumerate(_CALLABLES)}
assert CONTEXT_CALLBACKS + 8 * len(C_FUNCTION | CALLABLE) <= CONTEXT_FRAMES

CONTEXT_THREAD: Final = CONTEXT_TRAP_REASON + 0x18  # the thread state, while Python's lock is released
assert CONTEXT_THREAD < CONTEXT_CALLBACKS

CONTEXT_OSR_ENTRY: Final = CONTEXT_FRAMES + 8 * BACKTRACE_LIMIT  # where `tier_up_loop` goes on, or 0
CONTEXT_OSR_VALUES: Final = CONTEXT_OSR_ENTRY + 8  # address of the values for it
CONTEXT_THROWN: Final = CONTEXT_OSR_ENTRY + 16  # exception that a host function has raised, or 0
CONTEXT_DEOPT_OUTPUT: Final = CONTEXT_OSR_ENTRY + 24  # address of the frames that `deoptimize` puts on the stack
assert CONTEXT_DEOPT_OUTPUT < CONTEXT_SIZE

ALL_ONES: Final = (1 << 64) - 1
FAULT: Final = ALL_ONES  # CONTEXT_TRAP_REASON of a fault: the code's table of traps knows the reason

# What an entry stub returns.
RETURNED: Final = 0
TRAPPED: Final = 1
RAISED: Final = 2


def c_function_address(name: str) -> int:
    """Address of a function of CPython's C interface or of the C library."""
    address = ctypes.cast(getattr(libc if name in _LIBRARY else ctypes.pythonapi, name), ctypes.c_void_p).value
    assert address is not None
    return address


def c_function_addresses() -> dict[int, int]:
    """Context offset -> address, for all C functions that the stubs call."""
    return {offset: c_function_address(name) for name, offset in C_FUNCTION.items()}
