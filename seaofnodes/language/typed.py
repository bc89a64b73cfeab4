"""Typed functions of Python as a language: interpreted in CPython, or compiled."""

from __future__ import annotations

import itertools
import linecache
import math
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from random import Random
from types import ModuleType
from typing import ClassVar, Final, NoReturn, Self

from seaofnodes.errors import Error
from seaofnodes.ir.graph import Graph
from seaofnodes.language.language import Frame, FunctionInfo, Language, Value
from seaofnodes.language.values import from_bits as machine_value
from seaofnodes.native.build import offset_of
from seaofnodes.native.function import Function
from seaofnodes.native.running.interpreted import Interpreter
from seaofnodes.native.running.memory import ProcessMemory
from seaofnodes.native.unit import Unit
from seaofnodes.native.values import Floating, Integer, Kind, machine_type, to_bits

_COUNT: Final = itertools.count(1)  # names of texts that are no files


class TypedProgram(Language):
    """Typed functions, and those that they call. Their memory is the process's own.

    Attributes: typed: all of them, by index.
    """

    suffix: ClassVar[str] = ".py"
    compiled_first: ClassVar[bool] = True

    def __init__(self, functions: Iterable[Function], keep: object = None) -> None:
        """keep: what has to live as long as the program. Raises SourceError."""
        self._unit = Unit(functions)
        self._interpreter = Interpreter(ProcessMemory())
        self._keep = keep
        self.typed = tuple(self._unit.functions)
        self.functions = [_info(function) for function in self._unit.functions]

    @classmethod
    def read(cls, text: str) -> Self:
        """The typed functions that a text defines, which is run. Raises Error, with the line, SourceError."""
        return cls.read_file(text, f"<typed functions {next(_COUNT)}>")

    @classmethod
    def read_file(cls, text: str, path: str) -> Self:
        """As `read`; the modules beside the file are found."""
        name = "typed_" + "".join(c if c.isalnum() else "_" for c in os.path.basename(path))
        module = ModuleType(name)
        module.__file__ = path
        linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
        folder = [os.path.dirname(os.path.abspath(path))] if os.path.exists(path) else []
        sys.modules[name] = module
        sys.path[:0] = folder
        try:
            exec(compile(text, path, "exec", dont_inherit=True), vars(module))
        except Error:
            raise
        except Exception as error:  # whatever the file does
            raise Error(_where(error, path)) from None
        finally:
            sys.modules.pop(name, None)
            for entry in folder:
                sys.path.remove(entry)
        found = [value for value in vars(module).values() if isinstance(value, Function)]
        own = [function for function in found if function.python.__module__ == name]
        if not own:
            raise Error(f"{path}: no typed function: put @seaofnodes.function before one")
        return cls(dict.fromkeys(own), module)

    def lift(self, function: int, start: int) -> Graph:
        """The graph of a function as it is written."""
        return self._unit.graph(function)

    def interpret(self, function: int, arguments: tuple[Value, ...]) -> Sequence[Value]:
        """In CPython."""
        typed = self._unit.functions[function]
        given = [_value(argument, kind) for argument, kind in zip(arguments, typed.parameters, strict=True)]
        found = self._interpreter.call(typed, *given)
        return [
            machine_value(to_bits(value, kind), machine_type(kind))
            for value, kind in zip(found, typed.results, strict=True)
        ]

    def resume(self, frame: Frame) -> NoReturn:
        """Raises Error: typed functions take nothing for granted."""
        raise Error(f"{self.functions[frame.function].name} has left")

    def call(self, function: int, *arguments: Value) -> tuple[int | float | bool, ...]:
        """Call a function; results are plain ints, floats and bools.

        Raises TypeError or OverflowError for arguments that are not of the parameters' types, Trap.
        """
        _, parameters, results = self.typed[function].signature
        if len(arguments) != len(parameters):
            name = self.typed[function].name
            raise TypeError(f"{name} takes {len(parameters)} arguments, not {len(arguments)}")
        given = arguments
        for value, kind in zip(arguments, parameters, strict=True):
            if not (type(value) is int and issubclass(kind, Integer) and kind.least <= value <= kind.most):
                given = self._converted(function, arguments)
                break
        found = self.program.call(function, *given)
        return tuple([_plain(value, kind) for value, kind in zip(found, results, strict=True)])

    def _converted(self, function: int, arguments: tuple[Value, ...]) -> tuple[Value, ...]:
        """Arguments as the machine takes them: the slow path, for floats, bools and errors."""
        typed = self.typed[function]
        columns = zip(arguments, typed.parameters, typed.signature.names, strict=True)
        return tuple(_argument(value, kind, f"{typed.name}: {name}") for value, kind, name in columns)

    def invoke(self, name: str, arguments: Sequence[str]) -> str:
        """Call a function; the results, one a line."""
        names = [info.name for info in self.functions]
        if name not in names:
            raise Error(f"no function is called {name!r}; there are: {', '.join(names)}")
        index = names.index(name)
        kinds = self._unit.functions[index].parameters
        if len(arguments) != len(kinds):
            raise Error(f"{name} takes {len(kinds)} arguments, not {len(arguments)}")
        given = [read_argument(text, kind) for text, kind in zip(arguments, kinds, strict=True)]
        try:
            return "\n".join(map(str, self.call(index, *given)))
        except (TypeError, OverflowError) as error:
            raise Error(str(error)) from None

    @classmethod
    def draw(cls, random: Random) -> tuple[str, list[tuple[str, list[str]]]]:
        """A random program, and calls."""
        from seaofnodes.native.drawing import draw_program

        return draw_program(random)

    def source(self, function: int) -> Sequence[tuple[int, str]]:
        """The lines of the function; an offset has the line's number as its hexadecimal digits."""
        source = self._unit.functions[function].source
        lines = [(source.first + i, line) for i, line in enumerate(source.lines)]
        indent = min((len(line) - len(line.lstrip()) for _, line in lines if line.strip()), default=0)
        return [(offset_of(number), line[indent:]) for number, line in lines]


def _info(function: Function) -> FunctionInfo:
    kinds = [tuple(machine_type(kind) for kind in part) for part in (function.parameters, function.results)]
    return FunctionInfo(function.name, kinds[0], kinds[1], function.size)


def _where(error: BaseException, path: str) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == path else lines[-1] if lines else 0
    text = error.msg if isinstance(error, SyntaxError) else error
    return f"{path}:{line}: {type(error).__name__}: {text}"


def _argument(value: object, kind: Kind, what: str) -> Value:
    """A value as the machine takes it."""
    if kind is bool:
        if not isinstance(value, bool):
            raise TypeError(f"{what} is {value!r}, which is no bool")
        return int(value)
    if isinstance(value, bool):
        raise TypeError(f"{what} is {value!r}, which is no {kind.__name__}")
    if issubclass(kind, Integer):
        if not isinstance(value, int):
            raise TypeError(f"{what} is {value!r}, which is no {kind.__name__}")
        if not kind.holds(value):
            raise OverflowError(f"{what} is {value}, which is out of the range of {kind.__name__}")
        return value
    if not isinstance(value, int | float):
        raise TypeError(f"{what} is {value!r}, which is no {kind.__name__}")
    return _float(value, kind, what)


def _float(value: Value, kind: Kind, what: str) -> float:
    """The nearest float of the kind. Raises OverflowError."""
    assert issubclass(kind, Floating)
    try:
        rounded: float = kind(value)
    except OverflowError:  # an int
        rounded = math.inf
    if math.isinf(rounded) and value not in (math.inf, -math.inf):
        raise OverflowError(f"{what} is {value}, which is out of the range of {kind.__name__}")
    return float(rounded)


def _value(value: Value, kind: Kind) -> Value:
    return machine_value(to_bits(value, kind), machine_type(kind))


def _plain(value: Value, kind: Kind) -> int | float | bool:
    if issubclass(kind, Integer):
        return value if kind.signed or value >= 0 else int(value) + (1 << kind.bits)
    return bool(value) if kind is bool else value


def read_argument(text: str, kind: Kind) -> int | float | bool:
    """A value from text. Raises Error."""
    try:
        if kind is bool:
            return {"True": True, "False": False, "1": True, "0": False}[text]
        return int(text, 0) if issubclass(kind, Integer) else float(text)
    except (KeyError, ValueError):
        raise Error(f"{text!r} is no {kind.__name__}") from None
