"""Conditions of rules in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from typing import Any

from seaofnodes.errors import PassError
from seaofnodes.ir.bits import Bits, Float
from seaofnodes.passes.patterns import Constant, Value


class PlainPythonError(PassError):
    """A condition in plain Python was asked about values that are no numbers."""


class Predicate(Value):
    """A condition in plain Python: a function of constants, as `Bits` or `Float`, whose result is true or false. It can
    say anything; only an SMT solver cannot look into it.
    """

    __slots__ = ("arguments", "function")

    def __init__(self, function: Callable[..., object], arguments: tuple[Value, ...]) -> None:
        self.function = function
        self.arguments = arguments

    @classmethod
    def of(cls, function: Callable[..., object]) -> Predicate:
        """Of the constants that its parameters are called after."""
        return cls(function, tuple(map(Constant, signature(function).parameters)))

    def evaluate(self, constants: Mapping[str, Any], width: int) -> Bits:
        """Raises PlainPythonError if a constant is not a number, PassError if the function raises anything."""
        values = [argument.evaluate(constants, width) for argument in self.arguments]
        if not all(isinstance(value, (Bits, Float)) for value in values):
            raise PlainPythonError(f"{self!r} is plain Python")
        try:
            return Bits(1, bool(self.function(*values)))
        except Exception as error:
            raise PassError(f"condition {self!r} failed: {type(error).__name__}: {error}") from error

    def constants(self) -> Iterator[Constant]:
        """Those of its arguments."""
        for argument in self.arguments:
            yield from argument.constants()

    def __repr__(self) -> str:
        return f"{getattr(self.function, '__name__', 'function')}({', '.join(map(repr, self.arguments))})"
