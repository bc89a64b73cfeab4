"""The programs that are compared, and calls in them: what this room knows of their language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

from seaofnodes.backend.code import Relocation
from seaofnodes.compare.portion import Number
from seaofnodes.engine import Engine
from seaofnodes.errors import Error
from seaofnodes.files import read_file
from seaofnodes.language.files import language_of
from seaofnodes.language.language import Language
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.counters.feedback import Feedback
from seaofnodes.runtime.tiers.optimize import CompiledUnit
from seaofnodes.runtime.tiers.unit import UnitFeedback
from seaofnodes.runtime.tiers.unit_code import UnitCode
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.engine.values import from_bits, to_bits
from seaofnodes.wasm.limits import TEXT_BYTES
from seaofnodes.wasm.module import FUNCTION, Module
from seaofnodes.wasm.text import load as load_module
from seaofnodes.wasm.types import ValType

__all__ = [
    "SUFFIXES",
    "Callee",
    "Program",
    "Source",
    "bytes_of",
    "callee_of",
    "code_of",
    "exports",
    "load_program",
    "missing_import",
    "own_functions",
    "program_of",
    "suffix_of",
    "text_of",
]

SUFFIXES: Final = (".wasm", ".wat")

@dataclass(frozen=True, slots=True)
class Source:
    """A program in a user's language: each engine reads it anew. Attributes: suffix; text; language: its class."""

    suffix: str
    text: str
    language: type[Language]

    def read(self) -> Language:
        """Raises Error for what is no program."""
        return self.language.read(self.text)


Program = Module | Source


def load_program(source: str | Path | bytes | Program, load: Sequence[str] = ()) -> Program:
    """From a path, from contents, or as it is; load: files that bring languages. Raises Error, OSError."""
    if isinstance(source, Module | Source):
        return source
    if isinstance(source, str | Path) and (language := language_of(source, load)) is not None:
        text = read_file(source, TEXT_BYTES).decode("utf-8", "replace")
        found = Source(Path(source).suffix, text, language)
        found.read()
        return found
    return load_module(source)


@lru_cache(maxsize=2)
def program_of(data: bytes, suffix: str, load: tuple[str, ...]) -> Program:
    """The program in a portion of work; those of one program mostly come one after the other."""
    if not suffix:
        return decode_module(data)
    language = language_of(f"program{suffix}", load)
    if language is None:
        raise Error(f"no language has the suffix {suffix}")
    return Source(suffix, data.decode(), language)


def bytes_of(program: Program) -> bytes:
    """What `program_of` reads."""
    return program.data if isinstance(program, Module) else program.text.encode()


def suffix_of(program: Program) -> str:
    """Of a user's language, else ""."""
    return "" if isinstance(program, Module) else program.suffix


def text_of(source: object, program: Program) -> str:
    """The source text with its comments, "" where there is none. Raises OSError, UnsupportedError."""
    if isinstance(program, Source):
        return program.text
    if isinstance(source, str | Path) and Path(source).suffix == ".wat":
        return read_file(source, TEXT_BYTES).decode("utf-8", "replace")
    return ""


def missing_import(program: Program) -> str:
    """Name of an import, without which it cannot run, or ""."""
    if isinstance(program, Source) or not program.imports:
        return ""
    return f"{program.imports[0].module}.{program.imports[0].name}"


def exports(program: Program, name: str) -> bool:
    """Does it export a function of that name?"""
    if isinstance(program, Source):
        return any(info.name == name for info in program.read().functions)
    return any(export.kind == FUNCTION and export.name == name for export in program.exports)


def own_functions(program: Program) -> Iterator[tuple[int, str, int]]:
    """Index, name and bytes of bytecode of each function that can be compiled."""
    if isinstance(program, Source):
        for index, info in enumerate(program.read().functions):
            if info.size:
                yield index, info.name, info.size
        return
    for index, code in enumerate(program.code, program.imported_functions):
        yield index, program.function_name(index), code.size


def code_of(engine: Engine, program: Program) -> tuple[CompiledUnit, UnitFeedback]:
    """A program in an engine as the compiler knows it, with feedback as if everything had been called often, where the
    language does not keep its own.
    """
    if isinstance(program, Source):
        loaded = engine.load_program(program.read())
        return loaded.code, loaded.feedback
    code = engine.module_code(program)
    return code, Feedback.pretended(code.unit.feedback_layout)


# Function, offset of a loop or -1, code, and what is filled in where it lies: equal for what differs in its place only.
MachineCodes = frozenset[tuple[int, int, bytes, tuple[Relocation, ...]]]


def _machine_codes(found: Mapping[tuple[int, int], CodeObject]) -> MachineCodes:
    return frozenset(
        (function, offset, one.code.data, tuple(one.code.relocations))
        for (function, offset), one in found.items()
        if one.code is not None
    )


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


def callee_of(engine: Engine, program: Program, name: str) -> Callee:
    """A function of a program, which is loaded for it."""
    return TextCallee(engine, program, name) if isinstance(program, Source) else Export(engine, program, name)


class TextCallee:
    """A function of a program in a user's language, called with texts."""

    def __init__(self, engine: Engine, source: Source, name: str) -> None:
        self._language = source.read()
        self._program = engine.load_program(self._language)
        self.code, self.feedback = self._program.code, self._program.feedback
        self.call: Callable[..., Any] = lambda *texts: self._language.invoke(name, texts)

    def __call__(self, *arguments: Number) -> object:
        return self.call(*self.arguments(arguments))

    def optimized(self) -> int:
        return len(self._program.optimized) + len(self._program.loops)

    def code_size(self) -> int:
        found = [*self._program.optimized.values(), *(loop.code for loop in self._program.loops.values())]
        return sum(one.code.code_size for one in found if one.code is not None)

    def machine_code(self) -> MachineCodes:
        loops = {key: loop.code for key, loop in self._program.loops.items()}
        return _machine_codes({(index, -1): code for index, code in self._program.optimized.items()} | loops)

    def arguments(self, values: Sequence[Number]) -> tuple[str, ...]:
        return tuple(map(repr, values))

    def result_text(self, value: Number) -> str:
        return repr(value)

    def text(self, found: Any) -> str:
        return str(found)


class Export:
    """An exported function of a module in an instance of its own, called with bit patterns."""

    def __init__(self, engine: Engine, program: Module, name: str) -> None:
        self._engine = engine
        self._instance = engine.instantiate(program)
        function = self._instance.exports[name]
        assert isinstance(function, Function)
        self._function = function
        self._name = name
        self._type = function.type
        self.call: Callable[..., tuple[int, ...]] = function.call_bits
        self.code: UnitCode = self._instance.data.code
        self.feedback: UnitFeedback = self._instance.data.feedback

    def __call__(self, *arguments: Number) -> object:
        """Call with numbers."""
        return self._function(*arguments)

    def code_size(self) -> int:
        """Bytes of instructions of the newest code of every function that was called."""
        code = self.code
        return sum(self._engine.code_size(self._instance, index) for index in {*code.baseline, *code.optimized})

    def machine_code(self) -> MachineCodes:
        """The newest code of every function that was called, and of its loops."""
        newest = {(index, -1): code for index, code in (self.code.baseline | self.code.optimized).items()}
        return _machine_codes(newest | {key: entry.code for key, entry in self.code.osr.items()})

    def optimized(self) -> int:
        """How many functions have optimized code."""
        return len(self.code.optimized)

    def arguments(self, values: Sequence[Number]) -> tuple[int, ...]:
        """Raises Error for unsuitable arguments."""
        return _bits(self._name, values, self._type.params)

    def result_text(self, value: Number) -> str:
        """A result that is known beforehand, as `text` gives it. Raises Error if it is none."""
        return self.text(_bits("result", (value,), self._type.results))

    def text(self, bits: Sequence[int]) -> str:
        """Results as text, in which all NaNs are one."""
        return ", ".join(repr(from_bits(value, kind)) for value, kind in zip(bits, self._type.results, strict=True))


def _bits(what: str, values: Sequence[Number], kinds: Sequence[ValType]) -> tuple[int, ...]:
    if len(values) != len(kinds):
        takes = ", ".join(kind.name for kind in kinds) or "nothing"
        raise Error(f"{what} takes {takes}; {len(values)} values were given")
    try:
        return tuple(to_bits(value, kind, f"a value of {what}") for value, kind in zip(values, kinds, strict=True))
    except (TypeError, OverflowError) as error:
        raise Error(str(error)) from None
