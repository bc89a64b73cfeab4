"""Values of the interpreter, and between it and Python: numbers as unsigned bit patterns, and references.

A reference is a Python object: a Function, an ExceptionObject, a Struct, an Array, an I31, whatever the host gave as an
externref or anyref; null is None. Converting between extern and any changes nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from seaofnodes.errors import Trap
from seaofnodes.ir.bits import Float
from seaofnodes.wasm.subtyping import is_subtype
from seaofnodes.wasm.types import (
    ANY,
    ARRAY,
    EQ,
    EXN,
    EXTERN,
    FUNC,
    I31 as I31_HEAP,
    STRUCT,
    ArrayType,
    FuncType,
    HeapType,
    RefType,
    StructType,
    TagType,
    ValType,
)


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """A tag: the kind of an exception, compared by identity."""

    type: TagType
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class ExceptionObject:
    """An exception that was thrown: what an exnref refers to. values: bit patterns and references."""

    tag: Tag
    values: tuple[Any, ...]


@dataclass(slots=True, eq=False, repr=False)
class Struct:
    """A struct, compared by identity. fields: bit patterns and references; those of packed fields have their width."""

    type: StructType
    fields: list[Any]

    def __repr__(self) -> str:
        return f"<{self.type}>"  # fields may lead back to it


@dataclass(slots=True, eq=False, repr=False)
class Array:
    """An array, compared by identity. elements: as the fields of a struct."""

    type: ArrayType
    elements: list[Any]

    def __len__(self) -> int:
        return len(self.elements)

    def __repr__(self) -> str:
        return f"<{self.type}, length {len(self)}>"


@dataclass(frozen=True, slots=True)
class I31:
    """An i31, compared by value. bits: unsigned, of 31 bits."""

    bits: int

    @property
    def signed(self) -> int:
        """Its value with a sign."""
        return self.bits - (self.bits >> 30 << 31)


@dataclass(frozen=True, slots=True, eq=False)
class Function(ABC):
    """A function as a value. Calling it takes and gives Python values (None, one, or a tuple)."""

    type: FuncType
    name: str

    @abstractmethod
    def invoke(self, arguments: Sequence[Any]) -> list[Any]:
        """See `call_bits`; there are as many arguments as parameters."""

    def call_bits(self, *arguments: Any) -> list[Any]:
        """Call with unsigned bit patterns and references, and get such. Raises Trap, WasmException, OutOfSteps, what
        host functions raise, and TypeError for a wrong number of arguments.
        """
        if len(arguments) != len(self.type.params):
            raise TypeError(f"{self.name} takes {len(self.type.params)} arguments, not {len(arguments)}")
        return self.invoke(arguments)

    def __call__(self, *arguments: Any) -> Any:
        if len(arguments) != len(self.type.params):
            raise TypeError(f"{self.name} takes {len(self.type.params)} arguments, not {len(arguments)}")
        found = self.invoke([to_bits(kind, value) for kind, value in zip(self.type.params, arguments, strict=True)])
        values = [from_bits(kind, bits) for kind, bits in zip(self.type.results, found, strict=True)]
        return None if not values else values[0] if len(values) == 1 else tuple(values)


@dataclass(frozen=True, slots=True, eq=False)
class HostFunction(Function):
    """A Python function, which takes and gives Python values: None, one, or a sequence as long as there are results."""

    host: Callable[..., Any]

    def invoke(self, arguments: Sequence[Any]) -> list[Any]:
        """Call it with bit patterns. Raises TypeError for results that do not fit."""
        given = self.host(*[from_bits(kind, bits) for kind, bits in zip(self.type.params, arguments, strict=True)])
        kinds = self.type.results
        values = [] if not kinds else [given] if len(kinds) == 1 else list(given)
        if len(values) != len(kinds) or (not kinds and given is not None):
            raise TypeError(f"{self.name} must return {len(kinds)} values, not {given!r}")
        return [to_bits(kind, value) for kind, value in zip(kinds, values, strict=True)]


def to_bits(kind: ValType, value: Any) -> Any:
    """The bit pattern of a Python number, integers taken modulo their width; a reference itself. Raises TypeError."""
    if isinstance(kind, RefType):
        if not refers(kind, value):
            raise TypeError(f"{kind.name} wanted, not {value!r}")
        return value
    if kind.is_float:
        if not isinstance(value, int | float):
            raise TypeError(f"{kind.name} wanted, not {value!r}")
        return Float.of(kind.bits, float(value)).bits
    if not isinstance(value, int):
        raise TypeError(f"{kind.name} wanted, not {value!r}")
    return value & ((1 << kind.bits) - 1)


def from_bits(kind: ValType, bits: Any) -> Any:
    """The Python number of a bit pattern, integers signed; a reference itself."""
    if kind.is_reference:
        return bits
    if kind.is_float:
        return Float(kind.bits, bits).number
    return bits - (1 << kind.bits) if bits >> (kind.bits - 1) else bits


def not_null(reference: Any, trap: str) -> Any:
    """The reference itself. Raises Trap with that reason if it is null."""
    if reference is None:
        raise Trap(trap)
    return reference


def default(kind: ValType) -> Any:
    """What locals and table entries of the type are at first: zero or null."""
    return None if kind.is_reference else 0


_CLASSES: Final[dict[HeapType, tuple[type, ...]]] = {
    FUNC: (Function,),
    EXN: (ExceptionObject,),
    EQ: (Struct, Array, I31),
    I31_HEAP: (I31,),
    STRUCT: (Struct,),
    ARRAY: (Array,),
    EXTERN: (object,),
    ANY: (object,),
}


def refers(kind: RefType, value: object) -> bool:
    """Is it a reference of that type?"""
    if value is None:
        return kind.nullable
    heap = kind.heap
    if isinstance(heap, HeapType):
        return isinstance(value, _CLASSES.get(heap, ()))
    return isinstance(value, Function | Struct | Array) and is_subtype(value.type, heap)
