"""Graphs as a language: a file of one graph in text form is a program of one function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NoReturn, Self

from seaofnodes.errors import Error
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.types import Type
from seaofnodes.ir.verify import verify
from seaofnodes.language.installed import check_free
from seaofnodes.language.language import Frame, FunctionInfo, Language, Value


class GraphProgram(Language):
    """One graph that needs no instance and does not leave; it is compiled before it runs."""

    suffix: ClassVar[str] = ".graph"
    interpreted: ClassVar[bool] = False
    compiled_first: ClassVar[bool] = True

    def __init__(self, graph: Graph) -> None:
        """Raises VerificationError, and Error for a graph that is of an instance or may leave."""
        verify(graph)
        check_free(graph, False)
        graph.function_index = 0
        self._text = format_graph(graph)
        self._graph = graph
        self.functions = [FunctionInfo(graph.name, graph.parameters[1:], graph.results, graph.next_id)]

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ParseError, with the line, and what the constructor raises."""
        return cls(parse_graph(text))

    def lift(self, function: int, start: int) -> Graph:
        """A copy of the graph."""
        return parse_graph(self._text)

    def interpret(self, function: int, arguments: tuple[Value, ...]) -> NoReturn:
        """Raises Error: there is compiled code only."""
        raise Error(f"graph ${self._graph.name} cannot be compiled: {self.program.not_optimized.get((0, -1))}")

    def resume(self, frame: Frame) -> NoReturn:
        """Raises Error: graphs that leave are installed with `Engine.install`."""
        raise Error(f"graph ${self._graph.name} has left")

    def invoke(self, name: str, arguments: Sequence[str]) -> str:
        """The results, one a line."""
        graph = self._graph
        if name not in ("", graph.name):
            raise Error(f"the graph is called {graph.name!r}, not {name!r}")
        kinds = graph.parameters[1:]
        if len(arguments) != len(kinds):
            raise Error(f"graph ${graph.name} takes {len(kinds)} arguments, not {len(arguments)}")
        given = [_value(text, kind) for text, kind in zip(arguments, kinds, strict=True)]
        try:
            return "\n".join(map(str, self.program.call(0, *given)))
        except (TypeError, OverflowError) as error:
            raise Error(str(error)) from None

    def source(self, function: int) -> Sequence[tuple[int, str]]:
        """No instructions: the graph is what there is."""
        return ()


def _value(text: str, kind: Type) -> Value:
    try:
        return float(text) if kind.is_float else int(text, 0)
    except ValueError:
        raise Error(f"{text!r} is no {kind}") from None
