"""A typed function, and the functions that it calls."""

from __future__ import annotations

import ast
from functools import cached_property
from types import FunctionType

from seaofnodes.errors import Error
from seaofnodes.native.subset import tree as t
from seaofnodes.native.subset.signature import Signature, read_signature
from seaofnodes.native.subset.source import Source
from seaofnodes.native.subset.statements import Checked, check
from seaofnodes.native.values import Kind


class Function:
    """A function of Python in the typed subset.

    What its source says is read at once; the rest of the module (constants, other functions) at the first use, and not
    again. Attributes: python: the plain function; source; name.
    """

    def __init__(self, python: FunctionType) -> None:
        """Raises Error where the source cannot be read; SourceError for what is no signature."""
        if not isinstance(python, FunctionType):
            raise Error(f"{python!r} is no function that def makes")
        self.python = python
        self.source = Source(python)
        self.name = self.source.name
        self._signature = read_signature(self.source)

    @property
    def signature(self) -> Signature:
        """Names and kinds of the parameters, kinds of the results."""
        return self._signature

    @property
    def parameters(self) -> tuple[Kind, ...]:
        """Their kinds."""
        return self._signature.parameters

    @property
    def results(self) -> tuple[Kind, ...]:
        """Their kinds."""
        return self._signature.results

    @cached_property
    def size(self) -> int:
        """Statements and expressions, for the budgets of inlining."""
        return sum(isinstance(node, ast.expr | ast.stmt) for node in ast.walk(self.source.tree))

    @cached_property
    def checked(self) -> Checked:
        """The function as checked. Raises SourceError."""
        return check(self.source, self._signature, self._resolve)

    def _resolve(self, value: object) -> t.Callable | None:
        if value is self.python:
            return self
        return value if isinstance(value, Function) else None

    def __repr__(self) -> str:
        kinds = ", ".join(kind.__name__ for kind in self.parameters)
        results = ", ".join(kind.__name__ for kind in self.results)
        return f"<typed function {self.name}({kinds}) -> {results or None}>"
