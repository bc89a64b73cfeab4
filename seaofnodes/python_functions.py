"""Functions of Python as machine code: `@seaofnodes.function`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, overload

from seaofnodes.engine import Engine
from seaofnodes.language.typed import TypedProgram
from seaofnodes.native.function import Function
from seaofnodes.native.unit import Unit

if TYPE_CHECKING:
    from seaofnodes.ir.graph import Graph
    from seaofnodes.language.program import Program
    from seaofnodes.passes.framework.pipeline import Pipeline
    from seaofnodes.viz.compilation import Compilation


class PythonFunction(Function):
    """A typed function that is compiled when it is called first, with those that it calls.

        @seaofnodes.function
        def gcd(x: u64, y: u64) -> u64:
            while y != 0:
                x, y = y, x % y
            return x

        gcd(12, 18)

    Attributes: engine: whose pipeline and code space it uses.
    """

    def __init__(self, python: FunctionType, engine: Engine | None = None) -> None:
        super().__init__(python)
        self._given = engine
        self.__doc__ = python.__doc__
        self.__name__, self.__qualname__, self.__module__ = python.__name__, python.__qualname__, python.__module__
        self.__wrapped__ = python

    @cached_property
    def engine(self) -> Engine:
        """The one that was given, or one of its own."""
        return self._given or Engine(tier="optimized")

    @cached_property
    def _loaded(self) -> tuple[TypedProgram, Program]:
        typed = TypedProgram([self])  # where threads come here at once, each makes one, and one of them stays
        return typed, self.engine.load_program(typed)

    def __call__(self, *arguments: int | float | bool) -> Any:
        """Call the machine code: an int, float or bool, a tuple of several, or None.

        Raises TypeError or OverflowError for arguments that are not of the parameters' types, Trap, SourceError.
        """
        found = self._loaded[0].call(0, *arguments)
        return found[0] if len(found) == 1 else found or None

    @property
    def graph(self) -> Graph:
        """The graph as it is written, before any pass; a new one each time. Raises SourceError."""
        return Unit([self]).graph(0)

    def compile(self, pipeline: str | Pipeline | None = None) -> Compilation:
        """The function compiled, with a graph for each phase; pipeline: instead of the engine's. See Engine.compile."""
        return self.engine.compile(self._loaded[1], 0, pipeline)

    def listing(self, pipeline: str | Pipeline | None = None) -> str:
        """The machine code, each instruction with its node and the line it stands for."""
        return self.compile(pipeline).listing()

    def to_html(self, path: str | Path, pipeline: str | Pipeline | None = None) -> None:
        """Write the viewer's page of the compilation, with the source beside the graphs. Raises OSError."""
        self.compile(pipeline).to_html(path)

    def _repr_html_(self) -> str:
        return self.compile()._repr_html_()


@overload
def function(python: Callable[..., Any], /) -> PythonFunction: ...
@overload
def function(*, engine: Engine) -> Callable[[Callable[..., Any]], PythonFunction]: ...
def function(
    python: Callable[..., Any] | None = None, /, *, engine: Engine | None = None
) -> PythonFunction | Callable[[Callable[..., Any]], PythonFunction]:
    """Make machine code of a typed function; a decorator.

    engine: to compile and run in; else the function has one of its own. Raises SourceError, with file, line and column,
    for what is no signature here, and at the first use for a body outside of the subset; Error without a source.
    """

    def make(python: Callable[..., Any]) -> PythonFunction:
        return PythonFunction(python, engine)  # type: ignore[arg-type]

    return make if python is None else make(python)
