"""Runs the machine code of a graph in this process, without the runtime: for functions that neither call, poll nor
trap.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Sequence

from seaofnodes.backend.assembler import Assembler, Mem
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.compile import lower
from seaofnodes.backend.layout import (
    R11,
    R12,
    R13,
    R14,
    R15,
    RBP,
    RBX,
    RDI,
    RDX,
    RSP,
    locations,
)
from seaofnodes.ir.graph import Graph
from seaofnodes.wasm.instance_layout import Lowering, instance_layout

LAYOUT = instance_layout(memories=1, tables=1, global_indirect=[False, True], imported_functions=0, call_sites=[0])
MEMORY_SIZE = 4096
_SAVED = (RBX, RBP, R12, R13, R14, R15)
_CELLS = 64  # of the argument and result areas


class Native:
    """Code pages, an instance with one memory and two globals."""

    def __init__(self) -> None:
        self.pages = mmap.mmap(-1, 1 << 20, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.pages))
        self.memory = (ctypes.c_uint8 * MEMORY_SIZE)()
        self.cells = (ctypes.c_uint64 * _CELLS)()
        self.instance = (ctypes.c_uint64 * (LAYOUT.size // 8))()
        self.far_global = ctypes.c_uint64()
        self.instance[LAYOUT.memories[0] // 8] = ctypes.addressof(self.memory)
        self.instance[LAYOUT.globals[1] // 8] = ctypes.addressof(self.far_global)

    def function(self, graph: Graph, features: CpuFeatures) -> NativeFunction:
        """Compile a graph; the function made before is gone."""
        code = lower(graph, embedder_data=Lowering(LAYOUT, [1]), features=features).code
        assert not code.relocations, "needs the runtime"
        entry = _entry(graph)
        at = (len(entry) + 63) & ~63
        self.pages[: len(entry)] = entry
        self.pages[at : at + len(code.data)] = code.data
        return NativeFunction(self, graph, self.base + at)


class NativeFunction:
    """Takes and gives bit patterns."""

    def __init__(self, native: Native, graph: Graph, code: int) -> None:
        self.native = native
        self.code = code
        self.results = [type.bits for type in graph.results]
        prototype = ctypes.CFUNCTYPE(None, *([ctypes.c_uint64] * 3))
        self.entry = prototype(native.base)

    def __call__(self, *arguments: int) -> list[int]:
        native = self.native
        for index, argument in enumerate(arguments):
            native.cells[index] = argument
        self.entry(self.code, ctypes.addressof(native.instance), ctypes.addressof(native.cells))
        return [native.cells[32 + index] & ((1 << bits) - 1) for index, bits in enumerate(self.results)]


def _entry(graph: Graph) -> bytes:
    """A C function (code, instance, cells): arguments from cells 0 on, results to cells 32 on."""
    found = locations([type.is_float for type in graph.parameters[1:]], [type.is_float for type in graph.results])
    asm = Assembler()
    for register in _SAVED:
        asm.emit("PUSH_r64", register)
    asm.emit("PUSH_r64", RDX)  # with the return address and six more, rsp is 16-byte aligned now
    cells, scratch = R12, R11
    asm.emit("MOV_r64_r64", cells, RDX)
    asm.emit("MOV_r64_r64", R13, RDI)
    size = 8 * (found.stack_arguments + found.stack_results) + 15 & ~15
    asm.emit("SUB_r64_i32", RSP, size)
    for index, (kind, number) in enumerate(found.parameters):
        if kind == "s":
            asm.emit("MOV_r64_m64", scratch, Mem(cells, 8 * index))
            asm.emit("MOV_m64_r64", Mem(RSP, 8 * number), scratch)
    for index, (kind, number) in enumerate(found.parameters):
        if kind == "r":
            asm.emit("MOV_r64_m64", number, Mem(cells, 8 * index))
        elif kind == "x":
            asm.emit("MOVSD_x_m64", number, Mem(cells, 8 * index))
    asm.emit("CALL_r64", R13)
    asm.emit("MOV_r64_m64", cells, Mem(RSP, size - 8 * found.stack_arguments))
    for index, (kind, number) in enumerate(found.results):
        place = Mem(cells, 8 * (32 + index))
        if kind == "r":
            asm.emit("MOV_m64_r64", place, number)
        elif kind == "x":
            asm.emit("MOVSD_m64_x", place, number)
        else:
            asm.emit("MOV_r64_m64", scratch, Mem(RSP, 8 * number))
            asm.emit("MOV_m64_r64", place, scratch)
    asm.emit("ADD_r64_i32", RSP, size - 8 * found.stack_arguments)
    asm.emit("POP_r64", RDX)
    for register in reversed(_SAVED):
        asm.emit("POP_r64", register)
    asm.ret()
    return bytes(asm.finish().data)


def all_features() -> Sequence[CpuFeatures]:
    """The least that is required, and what this machine has."""
    return [CpuFeatures(), CpuFeatures.detect()]
