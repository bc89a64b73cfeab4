"""Every error the project raises on purpose has one base class."""

from __future__ import annotations

import pickle
from collections.abc import Callable


class Error(Exception):
    """Base class of all errors that seaofnodes raises on purpose."""

    def __reduce__(self) -> tuple[Callable[..., Error], tuple[type[Error], tuple[object, ...], dict[str, object]]]:
        return _restore, (type(self), self.args, self.__dict__)  # pickle would call __init__ with the message alone


def _restore(cls: type[Error], args: tuple[object, ...], attributes: dict[str, object]) -> Error:
    error = cls.__new__(cls, *args)
    error.__dict__.update(attributes)
    return error


class DecodeError(Error):
    """The bytes are not a WebAssembly module.

    Attributes: offset: byte offset in the module where decoding stopped.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} (at offset {offset:#x})")
        self.message = message
        self.offset = offset


class ValidationError(Error):
    """The module decodes, but is not valid.

    Attributes: offset: byte offset of the offending part; function: its function index, or None;
    opcode: the instruction's name, or None.
    """

    def __init__(self, message: str, offset: int, function: int | None = None, opcode: str | None = None) -> None:
        where = f"at offset {offset:#x}"
        if function is not None:
            where += f", in function {function}"
        if opcode is not None:
            where += f", at {opcode}"
        super().__init__(f"{message} ({where})")
        self.message = message
        self.offset = offset
        self.function = function
        self.opcode = opcode


class JavaScriptSyntaxError(Error):
    """The text is not a JavaScript program; messages are those of V8.

    Attributes: message; offset: in UTF-16 code units; line, column: from 1, the latter in UTF-16 code units; source:
    the text of that line; file: name of the source file.
    """

    def __init__(self, message: str, offset: int, line: int, column: int, source: str, file: str = "<script>") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.line = line
        self.column = column
        self.source = source
        self.file = file

    def __str__(self) -> str:
        source, column = self.source, self.column - 1
        if len(source) > 160:  # minified
            first = max(column - 60, 0)
            source, column = source[first : first + 120], column - first
        indent = "".join("\t" if c == "\t" else " " for c in source[:column])
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: SyntaxError: {self.message}\n{source}\n{indent}^"


class UnsupportedError(Error):
    """A feature that is known but not supported; the message names it."""


class UnsupportedFeatureError(DecodeError, UnsupportedError):
    """The module uses a known WebAssembly feature, or a size, that is not supported.

    Attributes: feature: its name, as in seaofnodes/wasm/features.py; offset: byte offset of its first use.
    """

    def __init__(self, message: str, offset: int, feature: str) -> None:
        super().__init__(message, offset)
        self.feature = feature


class LinkError(Error):
    """An import is missing, or of the wrong kind or type."""


class Trap(Error):
    """A WebAssembly trap.

    Attributes: reason: the specification's words, such as "integer divide by zero"; frames: the wasm backtrace,
    innermost first, as objects with function index, name and bytecode offset; omitted: number of outer frames left out.
    """

    def __init__(self, reason: str, frames: tuple[object, ...] = (), omitted: int = 0) -> None:
        lines = [reason, *(f"  at {frame}" for frame in frames)]
        if omitted:
            lines.append(f"  ... {omitted:,} more")
        super().__init__("\n".join(lines))
        self.reason = reason
        self.frames = frames
        self.omitted = omitted


class ProgramException(Error):
    """An exception that a running program throws and may catch; each language has a class of its own."""


class WasmException(ProgramException):
    """A WebAssembly exception that nothing in WebAssembly caught. A host function may raise one, too.

    Attributes: tag: the tag it was thrown with; values: what it carries, as Python values; reference: the exception as
    a value of type exnref, or None before it has been one; frames and omitted: where it was thrown, as of a Trap.
    """

    def __init__(self, tag: object, values: tuple[object, ...] = (), reference: object = None) -> None:
        super().__init__(f"uncaught exception: {tag}" + "".join(f" {value!r}" for value in values))
        self.tag = tag
        self.values = values
        self.reference = reference
        self.frames: tuple[object, ...] = ()
        self.omitted = 0

    def __reduce__(self) -> tuple[Callable[..., Error], tuple[type[Error], tuple[object, ...], dict[str, object]]]:
        """Elsewhere there are another tag of that type, no reference, and the text of what cannot be sent."""
        values = tuple(value if _can_be_sent(value) else repr(value) for value in self.values)
        tag = self.tag if _can_be_sent(self.tag) else repr(self.tag)
        return _restore, (type(self), self.args, {**self.__dict__, "tag": tag, "values": values, "reference": None})


class JavaScriptError(ProgramException):
    """An exception that nothing in JavaScript caught. A function of Python may raise one: JavaScript catches it.

    Attributes: thrown: the value; name, message: of an error, or "" and the value as text; stack: text as of its
    property `stack`, or of what is thrown; place: file, line, column, source line of the `throw`, or None.
    """

    def __init__(
        self,
        thrown: object,
        name: str = "",
        message: str = "",
        stack: str = "",
        place: tuple[str, int, int, str] | None = None,
    ) -> None:
        super().__init__(stack or f"uncaught exception: {thrown!r}")
        self.thrown = thrown
        self.name = name
        self.message = message
        self.stack = stack
        self.place = place

    def __reduce__(self) -> tuple[Callable[..., Error], tuple[type[Error], tuple[object, ...], dict[str, object]]]:
        """Elsewhere there is the text of what cannot be sent."""
        thrown = self.thrown if _can_be_sent(self.thrown) else repr(self.thrown)
        return _restore, (type(self), self.args, {**self.__dict__, "thrown": thrown})


def _can_be_sent(value: object) -> bool:
    if value is None or isinstance(value, int | float | str | bytes):
        return True
    try:
        pickle.dumps(value)
    except Exception:  # objects of users may raise anything
        return False
    return True


class OptimizerWarning(RuntimeWarning):
    """The optimizing tier has failed at a function, which stays in baseline code."""


class InterruptError(Error):
    """`Engine.interrupt()` was called while WebAssembly code ran."""


class TimeLimitError(InterruptError):
    """A call took longer than the engine's time limit."""


class HeapLimitError(Error):
    """The objects that a program holds need more memory than the engine's `heap_limit`."""


class CompileLimitError(Error):
    """The optimizing compiler has worked at a function for longer than the engine's `compile_limit`."""


class PassError(Error):
    """A pass broke a graph or was misused; the message names pass and node."""
