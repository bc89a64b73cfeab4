"""Programs: sequences of operations on a pool of named objects. A program is text, one Python call a line:

    engine("e0", budget=10)
    instance("i0", "e0")
    call("i0", "run", 300, 1)
    drop("i0")

An operation on a name that is not there does nothing; so any line may be left out.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One line. name: a method of the pool; arguments; options: by keyword; inner: what a forked child does."""

    name: str
    arguments: tuple[Value, ...] = ()
    options: tuple[tuple[str, Value], ...] = ()
    inner: tuple[Operation, ...] = field(default=())

    def __str__(self) -> str:
        told = [repr(value) for value in self.arguments]
        told += [f"{key}={value!r}" for key, value in self.options]
        if self.inner:
            told.append(f"inner=[{', '.join(map(str, self.inner))}]")
        return f"{self.name}({', '.join(told)})"


Program = tuple[Operation, ...]


def operation(name: str, *arguments: Value, inner: Program = (), **options: Value) -> Operation:
    return Operation(name, arguments, tuple(options.items()), inner)


def text_of(program: Program) -> str:
    return "\n".join(map(str, program))


def parse(text: str) -> Program:
    """The program that a text stands for. Raises ValueError, SyntaxError."""
    return tuple(_parse(statement.value) for statement in ast.parse(text).body if isinstance(statement, ast.Expr))


def _parse(call: ast.expr) -> Operation:
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise ValueError(f"not an operation: {ast.unparse(call)}")
    options: dict[str, Any] = {}
    inner: Program = ()
    for keyword in call.keywords:
        assert keyword.arg is not None
        if keyword.arg == "inner":
            assert isinstance(keyword.value, ast.List)
            inner = tuple(_parse(one) for one in keyword.value.elts)
        else:
            options[keyword.arg] = ast.literal_eval(keyword.value)
    arguments = tuple(ast.literal_eval(argument) for argument in call.args)
    return Operation(call.func.id, arguments, tuple(options.items()), inner)
