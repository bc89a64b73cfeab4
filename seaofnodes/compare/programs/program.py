"""What comparing asks of a program, and of a function that is called in it, whatever their language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from seaofnodes.backend.code import Relocation
from seaofnodes.compare.portion import Number
from seaofnodes.engine import Engine
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.tiers.optimize import CompiledUnit
from seaofnodes.runtime.tiers.unit import UnitFeedback

# Function, offset of a loop or -1, code, and what is filled in where it lies: equal for what differs in its place only.
MachineCodes = frozenset[tuple[int, int, bytes, tuple[Relocation, ...]]]


def machine_codes(found: Mapping[tuple[int, int], CodeObject]) -> MachineCodes:
    return frozenset(
        (function, offset, one.code.data, tuple(one.code.relocations))
        for (function, offset), one in found.items()
        if one.code is not None
    )


class Program(Protocol):
    """A program that any number of engines may load.

    Attributes: suffix: of its language's files, "" for a module; data: what `program_of` reads it from; text: its
    source with comments, "" where there is none.
    """

    @property
    def suffix(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    @property
    def text(self) -> str: ...

    def missing_import(self) -> str:
        """Name of an import, without which it cannot run, or ""."""

    def exports(self) -> list[str]:
        """Names of the functions that it exports."""

    def functions(self) -> Iterator[tuple[int, str, int]]:
        """Index, name and bytes of bytecode of each function that can be compiled."""

    def code_in(self, engine: Engine) -> tuple[CompiledUnit, UnitFeedback]:
        """The program in an engine as the compiler knows it, with feedback as if everything had been called often,
        where the language does not keep its own.
        """

    def callee(self, engine: Engine, name: str) -> Callee:
        """A function of the program, which is loaded for it."""


class Callee(Protocol):
    """A function in a program of its own, with arguments and results in whatever form it takes.

    Attributes: call: the function; code, feedback: of the program.
    """

    @property
    def call(self) -> Callable[..., Any]: ...
    @property
    def code(self) -> CompiledUnit: ...
    @property
    def feedback(self) -> UnitFeedback: ...

    def __call__(self, *arguments: Number) -> object:
        """Call with numbers."""

    def optimized(self) -> int:
        """How many functions have optimized code."""

    def code_size(self) -> int:
        """Bytes of instructions of the newest code of every function that was called."""

    def machine_code(self) -> MachineCodes:
        """The newest code of every function that was called, and of its loops."""

    def arguments(self, values: Sequence[Number]) -> tuple[Any, ...]:
        """As `call` takes them. Raises Error for unsuitable ones."""

    def result_text(self, value: Number) -> str:
        """A result that is known beforehand, as `text` gives it. Raises Error if it is none."""

    def text(self, found: Any) -> str:
        """What `call` gave as text."""
