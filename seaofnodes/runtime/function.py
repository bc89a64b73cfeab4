"""Functions as Python objects: calling wasm."""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any

from seaofnodes.runtime.code_space import CodeSpace
from seaofnodes.runtime.native import NativeBuffer
from seaofnodes.runtime.signatures import BUFFER_HEADER, entry_stub
from seaofnodes.runtime.stub_tools import assemble
from seaofnodes.runtime.values import BITS_CELL, Value, cells, to_bits
from seaofnodes.wasm.types import FuncType

if TYPE_CHECKING:
    from seaofnodes.runtime.groups import Member
    from seaofnodes.runtime.state import EngineState

# The stub runs with Python's lock (and releases it itself), so an exception that a callback left is raised by
# ctypes as it is.
_ENTRY = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)


class EntryPoint:
    """How to call functions of one type in one engine: the entry stub, call buffers, packing.

    Attributes: enter: calls with a buffer's address, gives the status; pool: free buffers with their addresses;
    first_result: offset; references: are there any among parameters and results?
    """

    __slots__ = (
        "enter",
        "first_result",
        "kind",
        "pack",
        "pack_bits",
        "pool",
        "references",
        "size",
        "unpack",
        "unpack_bits",
    )

    def __init__(self, space: CodeSpace, kind: FuncType) -> None:
        self.kind = kind
        code, relocations = assemble(lambda a: entry_stub(a, kind))
        stub = space.install(code, relocations, f"entry {kind}")
        self.enter: Any = _ENTRY(stub.start)
        self.references = any(t.is_reference for t in kind.params + kind.results)
        parameters, results = cells(kind.params), cells(kind.results)
        self.pack = struct.Struct("<QQ" + parameters).pack_into
        self.unpack = struct.Struct("<" + results).unpack_from
        parameters, results = cells(kind.params, BITS_CELL), cells(kind.results, BITS_CELL)
        self.pack_bits = struct.Struct("<QQ" + parameters).pack_into
        self.unpack_bits = struct.Struct("<" + results).unpack_from
        self.first_result = BUFFER_HEADER + 8 * len(kind.params)
        self.size = self.first_result + 8 * len(kind.results)
        self.pool: list[tuple[memoryview, int, NativeBuffer]] = []

    def buffer(self) -> tuple[memoryview, int, NativeBuffer]:
        """A fresh call buffer; append it to `pool` after use."""
        found = NativeBuffer(self.size)
        return found.bytes, found.address, found


class Function:
    """A WebAssembly function, or a host function that an instance exports again. Call it:

        f(1, 2.5)          # ints for i32 and i64 (signed or unsigned), floats for f32 and f64
        f.call_bits(1, 2)  # the same in bits: unsigned ints in, a tuple of unsigned ints out

    References are objects: any for externref, functions for funcref, exceptions for exnref; None is null (with
    `call_bits`, too). One result is given as it is, several as a tuple, none as None. Raises TypeError or OverflowError
    for unsuitable arguments, Trap, WasmException, and whatever a host function raised.

    Attributes: type; name: for people; record: address of its function record; owner: what keeps that alive.
    """

    __slots__ = ("__weakref__", "_entry", "_instance", "_slot", "engine", "name", "owner", "record", "type")

    def __init__(self, engine: EngineState, kind: FuncType, name: str, record: int, owner: Member | None) -> None:
        self.engine = engine
        self.type = kind
        self.name = name
        self.record = record
        self.owner = owner
        self._slot, self._instance = (ctypes.c_uint64 * 2).from_address(record)
        self._entry: EntryPoint | None = None  # most exports are never called

    def __call__(self, *args: Any) -> Any:
        entry = self._entry or self._prepare()
        if entry.references:
            results = self._call_with_references(entry, args, self.engine.to_bits, self.engine.from_bits)
            return results[0] if len(results) == 1 else results or None
        pool = entry.pool
        try:
            taken = pool.pop()
        except IndexError:  # the first call of this type, or a nested one
            taken = entry.buffer()
        buffer = taken[0]
        try:
            try:
                entry.pack(buffer, 0, self._slot, self._instance, *args)
                packed = True
            except (struct.error, OverflowError):
                packed = False
            if not packed:  # unsigned, infinite, or an error that says what is wrong
                entry.pack_bits(buffer, 0, self._slot, self._instance, *self._bits(args))
            self._enter(entry, taken[1])
            results = entry.unpack(buffer, entry.first_result)
        finally:
            pool.append(taken)
        if len(results) == 1:
            return results[0]
        return results or None

    def call_bits(self, *args: Any) -> tuple[Any, ...]:
        """Call with unsigned bit patterns, and get those of the results."""
        entry = self._entry or self._prepare()
        if entry.references:
            return self._call_with_references(entry, args, self.engine.to_bits_or_word, self.engine.from_bits_or_word)
        try:
            taken = entry.pool.pop()
        except IndexError:
            taken = entry.buffer()
        try:
            try:
                entry.pack_bits(taken[0], 0, self._slot, self._instance, *args)
            except struct.error as error:
                raise TypeError(f"{self} takes bits as unsigned ints: {error}") from None
            self._enter(entry, taken[1])
            return entry.unpack_bits(taken[0], entry.first_result)
        finally:
            entry.pool.append(taken)

    def _prepare(self) -> EntryPoint:
        self._entry = self.engine.entry_point(self.type)
        return self._entry

    def _call_with_references(
        self, entry: EntryPoint, args: tuple[Any, ...], to_bits: Any, from_bits: Any
    ) -> tuple[Any, ...]:
        """Words stand for objects only as long as the outermost call lasts: they are converted inside."""
        engine, kind = self.engine, entry.kind
        if len(args) != len(kind.params):
            raise TypeError(f"{self} takes {len(kind.params)} arguments, not {len(args)}")
        with engine.lock:
            engine.begin()
            try:
                named = enumerate(zip(args, kind.params, strict=True), 1)
                bits = [to_bits(v, t, f"argument {i} of {self.name}", self.owner) for i, (v, t) in named]
                buffer, address, _ = entry.buffer()
                entry.pack_bits(buffer, 0, self._slot, self._instance, *bits)
                if entry.enter(address):
                    raise engine.trap()
                results = entry.unpack_bits(buffer, entry.first_result)
                return tuple(map(from_bits, results, kind.results))
            finally:
                engine.end()

    def _enter(self, entry: EntryPoint, address: int) -> None:
        engine = self.engine
        with engine.lock:
            engine.begin()
            try:
                if entry.enter(address):
                    raise engine.trap()
            finally:
                engine.end()

    def _bits(self, args: tuple[Value, ...]) -> list[int]:
        """The arguments' bits, the slow way. Raises the error that says what is wrong."""
        kinds = self.type.params
        if len(args) != len(kinds):
            raise TypeError(f"{self} takes {len(kinds)} arguments, not {len(args)}")
        return [
            to_bits(value, kind, f"argument {i} of {self.name}")
            for i, (value, kind) in enumerate(zip(args, kinds, strict=True), 1)
        ]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and self.record == other.record

    def __hash__(self) -> int:
        return hash(self.record)

    def __repr__(self) -> str:
        return f"<function {self.name} {self.type}>"
