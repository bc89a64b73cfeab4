"""Functions as Python objects: calling wasm."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from itertools import repeat
from typing import TYPE_CHECKING, Any

from seaofnodes.runtime.entry.entry_point import EntryPoint
from seaofnodes.wasm.engine.conversion import (
    FunctionReference,
    from_bits,
    from_bits_or_word,
    to_bits,
    to_bits_or_word,
)
from seaofnodes.wasm.engine.values import Value
from seaofnodes.wasm.types import FuncType, ValType

if TYPE_CHECKING:
    from seaofnodes.runtime.entry.groups import Member
    from seaofnodes.wasm.engine.references import Pins
    from seaofnodes.wasm.engine.store import Store

ToBits = Callable[["Store", Any, ValType, str, "Member | None", "Pins | None"], int]
FromBits = Callable[["Store", int, ValType], Any]


class Function(FunctionReference):
    """A WebAssembly function, or a host function that an instance exports again. Call it:

        f(1, 2.5)          # ints for i32 and i64 (signed or unsigned), floats for f32 and f64
        f.call_bits(1, 2)  # the same in bits: unsigned ints in, a tuple of unsigned ints out

    References are objects: any for externref, functions for funcref, exceptions for exnref; None is null (with
    `call_bits`, too). One result is given as it is, several as a tuple, none as None. Raises TypeError or OverflowError
    for unsuitable arguments, Trap, WasmException, and whatever a host function raised.

    Attributes: type; name: for people; record: address of its function record; owner: what keeps that alive.
    """

    __slots__ = ("_entry", "_instance", "_slot", "name")

    def __init__(self, store: Store, kind: FuncType, name: str, record: int, owner: Member | None) -> None:
        super().__init__(store, kind, record, owner)
        self.name = name
        self._slot, self._instance = (ctypes.c_uint64 * 2).from_address(record)
        self._entry: EntryPoint | None = None  # most exports are never called

    def __call__(self, *args: Any) -> Any:
        entry = self._entry or self._prepare()
        if entry.references:
            results = self._call_with_references(entry, args, to_bits, from_bits)
            return results[0] if len(results) == 1 else results or None
        pool, store = entry.pool, self.store
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
            store.enter(entry, taken[1])
            results = entry.unpack(buffer, entry.first_result)
        finally:
            pool.append(taken)
            store.let_go()
        if len(results) == 1:
            return results[0]
        return results or None

    def call_bits(self, *args: Any) -> tuple[Any, ...]:
        """Call with unsigned bit patterns, and get those of the results. Raises TypeError for a wrong number of
        arguments, and what a call raises.
        """
        entry = self._entry or self._prepare()
        if entry.references:
            return self._call_with_references(entry, args, to_bits_or_word, from_bits_or_word)
        try:
            taken = entry.pool.pop()
        except IndexError:
            taken = entry.buffer()
        try:
            try:
                entry.pack_bits(taken[0], 0, self._slot, self._instance, *args)
            except struct.error as error:
                raise TypeError(f"{self} takes bits as unsigned ints: {error}") from None
            self.store.enter(entry, taken[1])
            return entry.unpack_bits(taken[0], entry.first_result)
        finally:
            entry.pool.append(taken)
            self.store.let_go()

    def _prepare(self) -> EntryPoint:
        self._entry = self.store.entry_point(self.type)
        return self._entry

    def _call_with_references(
        self, entry: EntryPoint, args: tuple[Any, ...], to: ToBits, back: FromBits
    ) -> tuple[Any, ...]:
        """Words stand for objects only as long as the outermost call lasts: they are converted inside."""
        store, kind = self.store, self.type
        if len(args) != len(kind.params):
            raise TypeError(f"{self} takes {len(kind.params)} arguments, not {len(args)}")

        buffer, address, _ = entry.buffer()
        held = store.references.hold_buffer(buffer, entry.reference_results)

        def call() -> tuple[Any, ...]:
            named = enumerate(zip(args, kind.params, strict=True), 1)
            bits = [to(store, v, t, f"argument {i} of {self.name}", self.owner, held) for i, (v, t) in named]
            entry.pack_bits(buffer, 0, self._slot, self._instance, *bits)
            entry.enter(address, store.runtime.entry.limit_of_thread())
            results = entry.unpack_bits(buffer, entry.first_result)
            return tuple(map(back, repeat(store), results, kind.results))

        try:
            return store.runtime.entry.exclusively(call)
        finally:
            held.release()  # a traceback may keep it
            store.let_go()

    def _bits(self, args: tuple[Value, ...]) -> list[int]:
        """The arguments' bits, the slow way. Raises the error that says what is wrong."""
        kinds = self.type.params
        if len(args) != len(kinds):
            raise TypeError(f"{self} takes {len(kinds)} arguments, not {len(args)}")
        return [
            to_bits(self.store, value, kind, f"argument {i} of {self.name}")
            for i, (value, kind) in enumerate(zip(args, kinds, strict=True), 1)
        ]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and self.record == other.record

    def __hash__(self) -> int:
        return hash(self.record)

    def __repr__(self) -> str:
        return f"<function {self.name} {self.type}>"
