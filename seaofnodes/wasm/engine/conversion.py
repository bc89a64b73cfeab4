"""Values between Python and wasm: numbers as bits, references as words (see references.py)."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Final, Protocol

from seaofnodes.backend.layout import EXTERNAL, OBJECT_TAG, RECORD_INSTANCE
from seaofnodes.errors import Error
from seaofnodes.runtime.code.handles import owner_of
from seaofnodes.runtime.entry.groups import Member, join
from seaofnodes.wasm.engine import values
from seaofnodes.wasm.engine.objects.handles import (
    ArrayReference,
    Conversion,
    I31Reference,
    ObjectReference,
    StructReference,
    header_type,
    i31_of,
    i31_word,
)
from seaofnodes.wasm.engine.references import Pins, top_of
from seaofnodes.wasm.engine.tags import ExceptionReference
from seaofnodes.wasm.subtyping import matches
from seaofnodes.wasm.types import (
    ANY,
    ARRAY,
    EQ,
    EXN,
    EXTERN,
    FUNC,
    I31,
    STRUCT,
    FuncType,
    HeapType,
    RefType,
    StructType,
    ValType,
    reference,
)

if TYPE_CHECKING:
    from seaofnodes.wasm.engine.store import Store


class FunctionReference:
    """A function as a value of type funcref; `Function` is one that can be called.

    Attributes: store; type; record: address of its function record; owner: what keeps that alive.
    """

    __slots__ = ("__weakref__", "owner", "record", "store", "type")

    def __init__(self, store: Store, kind: FuncType, record: int, owner: Member | None) -> None:
        self.store = store
        self.type = kind
        self.record = record
        self.owner = owner


class HasFunctions(Protocol):
    """What function records belong to: instances and host functions."""

    def function_at(self, record: int) -> FunctionReference:
        """The function with the record at that address."""


def function_at(record: int) -> FunctionReference:
    """The function whose record is at that address."""
    owner: HasFunctions = owner_of(ctypes.c_uint64.from_address(record + RECORD_INSTANCE).value)
    return owner.function_at(record)


def to_bits(
    store: Store, value: object, kind: ValType, what: str, receiver: Member | None = None, pins: Pins | None = None
) -> int:
    """The bits of a Python value, a word for a reference; receiver: who gets that; pins: what holds it until then.

    Raises TypeError or OverflowError; `what` names the value.
    """
    if isinstance(kind, RefType):
        return to_word(store, value, kind, what, receiver, pins)
    return values.to_bits(value, kind, what)


def from_bits(store: Store, bits: int, kind: ValType) -> Any:
    """The Python value of bits or a word."""
    return from_word(store, bits, kind) if isinstance(kind, RefType) else values.from_bits(bits, kind)


def to_bits_or_word(
    store: Store, value: Any, kind: ValType, what: str, receiver: Member | None = None, pins: Pins | None = None
) -> int:
    """As `to_bits`, but numbers are given as bits."""
    if isinstance(kind, RefType):
        return to_word(store, value, kind, what, receiver, pins)
    if not isinstance(value, int) or not 0 <= value < 1 << kind.bits:
        raise TypeError(f"{what} is {value!r}, which is not the bits of an {kind}")
    return value


def from_bits_or_word(store: Store, bits: int, kind: ValType) -> Any:
    """As `from_bits`, but numbers stay bits."""
    return from_word(store, bits, kind) if isinstance(kind, RefType) else bits


def values_of(store: Store, exception: ExceptionReference) -> tuple[object, ...]:
    """What an exception carries, as Python values. store: the one that it is of."""
    found = exception.values
    if found is None:
        found = tuple(from_bits(store, bits, kind) for bits, kind in exception.cells())
        exception.see(store, found)
    return found


def to_word(
    store: Store,
    value: object,
    kind: RefType,
    what: str,
    receiver: Member | None = None,
    pins: Pins | None = None,
) -> int:
    """The word of a Python value as that type; None is null. receiver: who gets it; pins: what holds it until then.

    Raises TypeError for an unsuitable value; `what` names it.
    """
    if value is None:
        if not kind.nullable:
            raise TypeError(f"{what} is None; {kind} is never null")
        return 0
    top = top_of(kind)
    if top is ANY:
        return _to_object_word(store, value, kind, what, pins)
    if top is EXTERN and kind.heap is EXTERN:
        return _to_external_word(store, value, pins)
    if top is FUNC and isinstance(value, FunctionReference):
        if value.store is not store:
            raise TypeError(f"{what} is a function of another engine")
        if matches(reference(value.type, False), kind):
            if receiver is not None and value.owner is not None:
                join(receiver, value.owner)
            return value.record
    if top is EXN and kind.heap is EXN and isinstance(value, ExceptionReference):
        if not value.is_of(store):
            raise TypeError(f"{what} is an exception of another engine")
        return store.references.keep_exception(value, pins)
    takes = {EXTERN: "None", FUNC: "a function of an instance, of that type, or None", EXN: "an exception or None"}
    raise TypeError(f"{what} is {value!r}; {kind} takes {takes.get(top, 'None')}")


def _to_external_word(store: Store, value: object, pins: Pins | None) -> int:
    """Of any Python value; what has come from wasm as an object or i31 is that again."""
    if isinstance(value, ObjectReference) and value.store is store:
        return store.references.hold(value.word, pins)
    if isinstance(value, I31Reference):
        return i31_word(value)
    return store.references.word_of(value, pins)


def _to_object_word(store: Store, value: object, kind: RefType, what: str, pins: Pins | None) -> int:
    """Of an object, an int as an i31, or, for anyref, any other Python value. Raises TypeError, OverflowError."""
    heap = kind.heap
    if isinstance(value, ObjectReference):
        if value.store is not store:
            raise TypeError(f"{what} is an object of another engine")
        if matches(reference(value.type, False), kind):
            return store.references.hold(value.word, pins)
    elif isinstance(value, int) and heap in (ANY, EQ, I31):
        try:
            return i31_word(I31Reference(value))
        except OverflowError as error:
            raise OverflowError(f"{what}: {error}") from None
    elif heap is ANY:
        return store.references.word_of(value, pins)
    takes = _TAKES.get(heap) if isinstance(heap, HeapType) else f"an object of type {heap}"
    null = "None" if kind.nullable else ""
    raise TypeError(f"{what} is {value!r}; {kind} takes {' or '.join(filter(None, (takes, null)))}")


def from_word(store: Store, word: int, kind: RefType) -> object:
    """The Python value of a word."""
    if word == 0:
        return None
    top = top_of(kind)
    if top is FUNC:
        return function_at(word)
    if top is not EXN and word & 3 != EXTERNAL:
        if not word & OBJECT_TAG:
            return i31_of(word)
        made = StructReference if isinstance(store.types[header_type(word)], StructType) else ArrayReference
        return made(store, word, CONVERSION)
    try:
        found = store.references.objects[word]
    except KeyError:  # while Python's collector finalizes a table, only what that reaches is certain
        raise Error("the object is gone: what held it is being finalized") from None
    if isinstance(found, ExceptionReference) and top is EXN:
        values_of(store, found)
    return found


_TAKES: Final = {EQ: "an object or an int", I31: "an int", STRUCT: "a struct", ARRAY: "an array"}
CONVERSION: Final = Conversion(to_bits, from_bits)
