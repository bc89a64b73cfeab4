"""What instances of the interpreter hold: memories, tables, globals, functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaofnodes.errors import LinkError, Trap
from seaofnodes.wasm.types import FuncType, GlobalType, MemoryType, TableType

if TYPE_CHECKING:
    from seaofnodes.wasm.interpret import InterpretedInstance

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
    """A table of functions. Attributes: entries: a Function or None each."""

    __slots__ = ("entries", "type")

    def __init__(self, type: TableType) -> None:
        self.type = type
        self.entries: list[Function | None] = [None] * type.limits.min


@dataclass(slots=True, eq=False)
class Global:
    """A global. Attributes: bits: its value as an unsigned bit pattern."""

    type: GlobalType
    bits: int


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function as a value: of an instance, or a Python callable (then `host` takes and gives numbers).

    Calling it takes and gives Python numbers (None, one, or a tuple); `call_bits` bit patterns.
    """

    type: FuncType
    name: str
    instance: InterpretedInstance | None = None
    index: int = -1
    host: Callable[..., Any] | None = None

    def call_bits(self, *arguments: int) -> list[int]:
        """Call with unsigned bit patterns. Raises Trap, OutOfSteps, and what host functions raise."""
        from seaofnodes.wasm.interpret import call_function

        return call_function(self, list(arguments))

    def __call__(self, *arguments: int | float) -> Any:
        from seaofnodes.wasm.interpret_numeric import from_bits, to_bits

        if len(arguments) != len(self.type.params):
            raise TypeError(f"{self.name} takes {len(self.type.params)} arguments, not {len(arguments)}")
        found = self.call_bits(*(to_bits(kind, value) for kind, value in zip(self.type.params, arguments, strict=True)))
        values = [from_bits(kind, bits) for kind, bits in zip(self.type.results, found, strict=True)]
        return None if not values else values[0] if len(values) == 1 else tuple(values)
