"""What the execution of common operators asks for: memories, calls, exceptions. Whoever has a program's state
implements it; dialects ask for more, in protocols of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Never, Protocol

from seaofnodes.errors import PassError, ProgramException
from seaofnodes.ir.node import Node
from seaofnodes.ir.types import Type


class EvaluationError(PassError):
    """The graph is broken, or an operator has no meaning here."""

    def __init__(self, message: str, node: Node) -> None:
        super().__init__(f"{message}: {node!r}")
        self.node = node


def mask(type: Type) -> int:
    return (1 << type.bits) - 1


class Environment(Protocol):
    """A program's state as `evaluate` sees it. Values are unsigned bit patterns; references are integers, null is 0.

    What fails raises `Trap`.
    """

    def memory_start(self, memory: int) -> int:
        """Any number that stands for the address of byte 0."""

    def load(self, memory: int, address: int, width: int) -> int:
        """`width` bytes at `address` (an index in the memory), little-endian, as an unsigned number."""

    def store(self, memory: int, address: int, width: int, value: int) -> None:
        """Write `width` bytes; nothing is written if it traps."""

    def call(self, function_index: int, arguments: Sequence[int]) -> list[int]:
        """Call the program's function; gives its results."""

    def call_record(self, record: int, arguments: Sequence[int]) -> list[int]:
        """Call a function given as a reference."""

    def call_builtin(self, name: str, arguments: Sequence[int]) -> list[int]:
        """Call a builtin of the runtime."""

    def stack_limit_reached(self) -> int:
        """1 if a loop's poll should take its slow path now, else 0."""

    def throw(self, exception: int) -> Never:
        """Raise the ProgramException that stands for it; `caught` turns that, or another one, into a reference."""

    def caught(self, exception: ProgramException) -> int: ...
