"""How Python calls machine code of one signature."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable
from typing import Any, Final

from seaofnodes.ir.types import FLOAT32, FLOAT64, REFERENCE, WORD32, WORD64, Type
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.code.stub_tools import assemble
from seaofnodes.runtime.entry.signatures import BUFFER_HEADER, Signature, entry_stub
from seaofnodes.runtime.process.native import NativeBuffer

# How values are packed into 8-byte cells, in codes of `struct`; 4x is written as zeros. Integers are signed.
_CELL: Final = {WORD32: "i4x", WORD64: "q", FLOAT32: "f4x", FLOAT64: "d", REFERENCE: "Q"}
_BITS_CELL: Final = {WORD32: "I4x", WORD64: "Q", FLOAT32: "I4x", FLOAT64: "Q", REFERENCE: "Q"}

# The stub runs with Python's lock (and releases it itself), so an exception that a callback left is raised by
# ctypes as it is.
_ENTRY = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


def cells(types: Iterable[Type], bits: bool = False) -> str:
    """How values of these types are packed into consecutive cells, for `struct`; bits: as unsigned bit patterns."""
    return "<" + "".join(map((_BITS_CELL if bits else _CELL).__getitem__, types))


class EntryPoint:
    """How to call functions of one signature in one engine: the entry stub, call buffers, packing.

    Attributes: enter: calls with a buffer's address and the thread's stack limit, gives TAKEN if another thread
    has the engine; pack, unpack: numbers into and out of a buffer; pack_bits, unpack_bits: the same as bits; pool: free
    buffers with their addresses; first_result: offset; references: are there any among parameters and results?
    reference_results: the indices of cells in a buffer that get references.
    """

    __slots__ = (
        "enter",
        "first_result",
        "pack",
        "pack_bits",
        "pool",
        "reference_results",
        "references",
        "size",
        "unpack",
        "unpack_bits",
    )

    def __init__(self, space: CodeSpace, signature: Signature) -> None:
        stub = assemble(lambda a: entry_stub(a, signature)).install(space, f"entry {signature}")
        self.enter: Any = _ENTRY(stub.start)
        self.references = signature.has_references
        parameters, results = signature
        header = "<QQ"  # what BUFFER_HEADER has room for
        self.pack = struct.Struct(header + cells(parameters)[1:]).pack_into
        self.unpack = struct.Struct(cells(results)).unpack_from
        self.pack_bits = struct.Struct(header + cells(parameters, bits=True)[1:]).pack_into
        self.unpack_bits = struct.Struct(cells(results, bits=True)).unpack_from
        self.first_result = BUFFER_HEADER + 8 * len(parameters)
        first = self.first_result >> 3
        self.reference_results = tuple(at for at, type in enumerate(results, first) if type.is_reference)
        self.size = self.first_result + 8 * len(results)
        self.pool: list[tuple[memoryview, int, NativeBuffer]] = []

    def buffer(self) -> tuple[memoryview, int, NativeBuffer]:
        """A fresh call buffer; append it to `pool` after use."""
        found = NativeBuffer(self.size)
        return found.bytes, found.address, found
