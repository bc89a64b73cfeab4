"""What instances of the interpreter hold: memories, tables, globals, functions, tags; and exceptions.

A reference is a Python object: a Function, an ExceptionObject, whatever the host gave as an externref; null is None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaofnodes.errors import LinkError, Trap
from seaofnodes.wasm import limits
from seaofnodes.wasm.types import FuncType, GlobalType, MemoryType, TableType, TagType

if TYPE_CHECKING:
    from seaofnodes.wasm.interpreter.interpreter import InterpretedInstance

PAGE = 65536
MAX_PAGES = 65536


class Memory:
    """A linear memory. Attributes: data: its bytes; type: limits as declared, in pages; limit: of pages, ours.

    Raises LinkError if it is to be larger than that from the start.
    """

    __slots__ = ("data", "limit", "type")

    def __init__(self, type: MemoryType, limit: int = MAX_PAGES) -> None:
        if type.limits.min > limit:
            raise LinkError(f"a memory of {type.limits.min:,} pages: at most {limit:,} are supported")
        self.type = type
        self.limit = limit
        self.data = bytearray(type.limits.min * PAGE)

    @property
    def pages(self) -> int:
        return len(self.data) // PAGE

    def grow(self, delta: int) -> int:
        """The old size in pages, or -1 if it cannot grow by `delta` pages."""
        old = self.pages
        maximum = self.type.limits.max
        if old + delta > (self.limit if maximum is None else min(self.limit, maximum)):
            return -1
        self.data.extend(bytes(delta * PAGE))
        return old

    def read(self, address: int, width: int) -> int:
        """Little-endian, unsigned; width in bytes. Raises Trap."""
        if address + width > len(self.data):
            raise Trap("out of bounds memory access")
        return int.from_bytes(self.data[address : address + width], "little")

    def write(self, address: int, width: int, value: int) -> None:
        """The low `width` bytes of an unsigned value. Raises Trap before anything is written."""
        if address + width > len(self.data):
            raise Trap("out of bounds memory access")
        self.data[address : address + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")


class Table:
    """A table of references. Attributes: entries; type: as declared, limits in entries.

    Raises LinkError if it is to be larger than is supported from the start.
    """

    __slots__ = ("entries", "type")

    def __init__(self, type: TableType, value: object = None) -> None:
        if type.limits.min > limits.TABLE_ENTRIES:
            raise LinkError(f"a table of {type.limits.min:,} entries: at most {limits.TABLE_ENTRIES:,} are supported")
        self.type = type
        self.entries: list[Any] = [value] * type.limits.min

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> Any:
        return self.entries[index]

    def __setitem__(self, index: int, value: object) -> None:
        self.entries[index] = value

    def grow(self, delta: int, value: object) -> int:
        """The old size, or -1 if it cannot grow by `delta` entries."""
        old, maximum = len(self.entries), self.type.limits.max
        if old + delta > (limits.TABLE_ENTRIES if maximum is None else min(limits.TABLE_ENTRIES, maximum)):
            return -1
        self.entries += [value] * delta
        return old


@dataclass(slots=True, eq=False)
class Global:
    """A global. Attributes: bits: its value as an unsigned bit pattern, or a reference."""

    type: GlobalType
    bits: Any


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
class Function:
    """A function as a value: of an instance, or a Python callable (then `host` takes and gives numbers).

    Calling it takes and gives Python values (None, one, or a tuple); `call_bits` bit patterns and references.
    """

    type: FuncType
    name: str
    instance: InterpretedInstance | None = None
    index: int = -1
    host: Callable[..., Any] | None = None

    def call_bits(self, *arguments: Any) -> list[Any]:
        """Call with unsigned bit patterns. Raises Trap, WasmException, OutOfSteps, and what host functions raise."""
        from seaofnodes.wasm.interpreter.interpreter import call_function

        return call_function(self, list(arguments))

    def __call__(self, *arguments: Any) -> Any:
        from seaofnodes.wasm.interpreter.values import from_bits, to_bits

        if len(arguments) != len(self.type.params):
            raise TypeError(f"{self.name} takes {len(self.type.params)} arguments, not {len(arguments)}")
        found = self.call_bits(*(to_bits(kind, value) for kind, value in zip(self.type.params, arguments, strict=True)))
        values = [from_bits(kind, bits) for kind, bits in zip(self.type.results, found, strict=True)]
        return None if not values else values[0] if len(values) == 1 else tuple(values)
