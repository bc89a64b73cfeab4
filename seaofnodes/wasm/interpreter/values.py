"""Values of the interpreter, and between it and Python: numbers as unsigned bit patterns, and references.

A reference is a Python object: a Function, an ExceptionObject, whatever the host gave as an externref; null is None.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from seaofnodes.ir.bits import Float
from seaofnodes.wasm.subtyping import is_subtype
from seaofnodes.wasm.types import EXN, EXTERN, FUNC, FuncType, RefType, TagType, ValType


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
        if not _refers(kind, value):
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


def default(kind: ValType) -> Any:
    """What locals and table entries of the type are at first: zero or null."""
    return None if kind.is_reference else 0


def _refers(kind: RefType, value: object) -> bool:
    """Is it a reference of that type?"""
    if value is None:
        return kind.nullable
    if isinstance(kind.heap, FuncType):
        return isinstance(value, Function) and is_subtype(value.type, kind.heap)
    return kind.heap is EXTERN or isinstance(value, {FUNC: Function, EXN: ExceptionObject}.get(kind.heap, ()))
