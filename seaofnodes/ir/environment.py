"""What a graph's evaluation needs of an instance: state, calls, traps. Whoever has instances implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Never, Protocol

from seaofnodes.errors import WasmException


class Environment(Protocol):
    """An instance as `evaluate` sees it. Values are unsigned bit patterns; references are integers, null is 0.

    What fails raises `Trap`.
    """

    def memory_start(self, memory: int) -> int:
        """Any number that stands for the address of byte 0."""

    def memory_size(self, memory: int) -> int:
        """In pages of 64 KiB."""

    def load(self, memory: int, address: int, width: int) -> int:
        """`width` bytes at `address` (an index in the memory), little-endian, as an unsigned number."""

    def store(self, memory: int, address: int, width: int, value: int) -> None:
        """Write `width` bytes; nothing is written if it traps."""

    def global_get(self, index: int) -> int: ...

    def global_set(self, index: int, value: int) -> None: ...

    def table_size(self, table: int) -> int:
        """In entries."""

    def table_get(self, table: int, index: int) -> int: ...

    def table_set(self, table: int, index: int, value: int) -> None: ...

    def import_record(self, function_index: int) -> int:
        """The imported function as a reference."""

    def function_record(self, function_index: int) -> int:
        """The module's own function as a reference."""

    def check_signature(self, record: int, type_index: int) -> None:
        """Raise Trap if the reference is null or of another type than the module's type `type_index`."""

    def call(self, function_index: int, arguments: Sequence[int]) -> list[int]:
        """Call the module's function; gives its results."""

    def call_record(self, record: int, arguments: Sequence[int]) -> list[int]:
        """Call a function given as a reference."""

    def stack_limit_reached(self) -> int:
        """1 if a loop's poll should take its slow path now, else 0."""

    def new_exception(self, tag: int, values: Sequence[int]) -> int:
        """A new exception of the module's tag, as a reference."""

    def exception_has_tag(self, exception: int, tag: int) -> bool: ...

    def exception_payload(self, exception: int, index: int) -> int:
        """What an exception carries."""

    def throw(self, exception: int) -> Never:
        """Raise the WasmException that stands for it; `caught` turns that, or another one, into a reference."""

    def caught(self, exception: WasmException) -> int: ...

    def call_builtin(self, name: str, arguments: Sequence[int]) -> list[int]:
        """Call a builtin of the runtime, such as "memory_grow" (memory, delta in pages)."""
