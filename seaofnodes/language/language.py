"""What a user's language defines to be compiled: signatures, a lifter, an interpreter that can resume anywhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar, Protocol, Self

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.types import Type
from seaofnodes.passes.base import CallFeedback
from seaofnodes.runtime.tiers.assumptions import Assumption

Value = int | float  # of a machine type: Word32 and Word64 are signed ints, Float32 and Float64 floats


@dataclass(frozen=True, slots=True)
class FunctionInfo:
    """A function as its callers see it.

    Attributes: name; parameters, results: machine types; size: of its bytecode, in whatever unit, for the budgets of
    tier-up and inlining (V8's are in bytes).
    """

    name: str
    parameters: tuple[Type, ...]
    results: tuple[Type, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Where optimized code has left.

    Attributes: function: index; offset: of the instruction; values: those of the frame state; callee_results: None if
    that instruction has to run (again); else it is a call, these are its results, and execution continues after it.
    """

    function: int
    offset: int
    values: tuple[Value, ...]
    callee_results: tuple[Value, ...] | None = None


class Runner(Protocol):
    """What an interpreter asks of the `Program` that runs it."""

    def call(self, function: int, *arguments: Value) -> tuple[Value, ...]:
        """Call a function with machine values, in whatever tier; gives its results."""

    def loop(self, function: int, offset: int, values: Iterable[Value]) -> tuple[Value, ...] | None:
        """At each back edge: the offset of the loop header, and the values there. The function's results if it has run
        to its end from there in compiled code, else None.
        """

    def assumption(self, name: str) -> Assumption:
        """Something that `Lifter.depends_on` may take for granted, until `invalidate` ends it; name: for people."""

    @property
    def not_optimized(self) -> Mapping[tuple[int, int], str]:
        """Why compiling was given up, by function and offset of a loop header or -1."""


class Language(ABC):
    """A program in some language. A function is named by its index in `functions`.

    `interpret` and `resume` are the first tier: they run the program, and record what later guesses need. They may be
    called by compiled code at any depth, and call functions with `program.call`; what they raise ends all of it.
    Attributes: functions; program: what runs it, once an engine has loaded it; suffix: of source files, for the
    commands; interpreted: is there an interpreter?; compiled_first: are functions compiled when they are called first
    (but in the tier "baseline", if they can be interpreted)?
    """

    functions: Sequence[FunctionInfo]
    program: Runner
    suffix: ClassVar[str] = ""
    interpreted: ClassVar[bool] = True
    compiled_first: ClassVar[bool] = False

    @abstractmethod
    def lift(self, function: int, start: int) -> Graph:
        """The graph of a function; start: -1, or the offset of a loop header at which it starts, with what `resume`
        would get there as its parameters. Make it with `Lifter`, or in any other way.

        Raises UnsupportedError for what is not to be compiled.
        """

    @abstractmethod
    def interpret(self, function: int, arguments: tuple[Value, ...]) -> Sequence[Value]:
        """Run a function from its beginning; gives its results."""

    @abstractmethod
    def resume(self, frame: Frame) -> Sequence[Value]:
        """Run a function from where optimized code has left to its end; gives its results."""

    # What a language may say besides.

    def feedback(self, function: int, site: int) -> CallFeedback:
        """What a call site has seen, for the inlining pass; nothing says that calls are equally frequent."""
        return CallFeedback(((-1, 1),))

    @classmethod
    def read(cls, text: str) -> Self:
        """A program from the contents of a source file, for the commands. Raises Error, with the line."""
        raise NotImplementedError(f"{cls.__name__} has no source files")

    @classmethod
    def read_file(cls, text: str, path: str) -> Self:
        """A program from a source file of that path, which messages may name; as `read` if that does not matter."""
        return cls.read(text)

    def invoke(self, name: str, arguments: Sequence[str]) -> str:
        """Call a function with arguments given as text, for the commands; its results as text. Raises Error."""
        raise NotImplementedError(f"{type(self).__name__} cannot be called with text")

    @classmethod
    def draw(cls, random: Random) -> tuple[str, list[tuple[str, list[str]]]]:
        """For fuzzing: a random program that ends soon, and the calls to make: names with arguments."""
        raise NotImplementedError(f"{cls.__name__} draws no programs")

    def source(self, function: int) -> Sequence[tuple[int, str]]:
        """Offset and text of each instruction, for listings and the viewer."""
        return ()
