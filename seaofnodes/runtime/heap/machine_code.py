"""Machine code of the process for heaps: the collector's functions, compiled by the project's own compiler.

They are called with Python's lock, so each is one step to all threads, and no exception of Python comes between.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any, Final

from seaofnodes.backend.assembler import Assembler, Label, Mem, Rip
from seaofnodes.backend.layout import R8, R12, R13, R14, R15, RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP
from seaofnodes.errors import Error
from seaofnodes.runtime.process.native_code import make_executable

_SAVED: Final = (RBP, RBX, R12, R13, R14, R15)
_ARGUMENTS: Final = ((RBX, RCX), (RDX, RDX), (RCX, RSI), (RAX, RDI), (RDI, R8))  # of typed functions, and of C


def _bump(a: Assembler) -> None:
    """u64 bump(u64 words[2], u64 count): add to the first if it stays within the second; what it was, or -1."""
    fail = Label()
    a.emit("MOV_r64_m64", RAX, Mem(RDI))
    a.emit("LEA_r64_m", RCX, Mem(RAX, 0, RSI))
    a.emit("CMP_r64_m64", RCX, Mem(RDI, 8))
    a.jcc("A", fail)
    a.emit("MOV_m64_r64", Mem(RDI), RCX)
    a.ret()
    a.bind(fail)
    a.emit("MOV_r64_i32", RAX, -1)
    a.ret()


def _adaptor(address: int) -> Callable[[Assembler], None]:
    """Call a typed function as a C function of up to five words."""

    def build(a: Assembler) -> None:
        for register in _SAVED:
            a.emit("PUSH_r64", register)
        a.emit("SUB_r64_i32", RSP, 8)
        for to, given in _ARGUMENTS:
            if to != given:
                a.emit("MOV_r64_r64", to, given)
        a.call_mem(Rip(a.constant(address.to_bytes(8, "little"))))
        a.emit("ADD_r64_i32", RSP, 8)
        for register in reversed(_SAVED):
            a.emit("POP_r64", register)
        a.ret()

    return build


def _raw(data: bytes) -> Callable[[Assembler], None]:
    def build(a: Assembler) -> None:
        a.align(64)
        a.encoded(data)

    return build


def _function(address: int, count: int) -> Callable[..., int]:
    prototype: Any = ctypes.PYFUNCTYPE(ctypes.c_uint64, *[ctypes.c_uint64] * count)
    found: Callable[..., int] = prototype(address)
    return found


@functools.cache
def bump() -> Callable[[int, int], int]:
    """Adds to a word, below a limit that stands behind it: (address, count) -> the old value or 2**64 - 1."""
    return _function(make_executable({"bump": _bump})["bump"], 2)


class CollectorCode:
    """Attributes: each function of collector.py and checking.py, callable; `addresses`: of their machine code."""

    def __init__(self) -> None:
        from seaofnodes.native.cache import CodeCache
        from seaofnodes.native.compiled import compile_function
        from seaofnodes.native.unit import Unit
        from seaofnodes.runtime.heap import checking, collector

        functions = (
            collector.begin, collector.mark, collector.sweep, collector.take_blocks, collector.refill,
            checking.check, checking.poison,
        )  # fmt: skip
        cache = CodeCache()
        codes: dict[str, bytes] = {}
        for function in functions:
            code = compile_function(Unit([function], polls=False), 0, cache=cache)
            if code.relocations:
                raise Error(f"{function.name} calls what has not been inlined")
            codes[function.name] = code.data
        self.addresses = make_executable({name: _raw(data) for name, data in codes.items()})
        adapted = make_executable({name: _adaptor(address) for name, address in self.addresses.items()})
        made = {f.name: _function(adapted[f.name], len(f.parameters)) for f in functions}
        self.begin, self.mark, self.sweep = made["begin"], made["mark"], made["sweep"]
        self.take_blocks, self.refill = made["take_blocks"], made["refill"]
        self.check, self.poison = made["check"], made["poison"]


@functools.cache
def collector_code() -> CollectorCode:
    """Compiled once a process, or read from the cache of the user."""
    return CollectorCode()
