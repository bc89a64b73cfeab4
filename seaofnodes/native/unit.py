"""Functions that are compiled together: some, and all that these call."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.text import format_graph
from seaofnodes.native.build import Builder, new_graph
from seaofnodes.native.function import Function
from seaofnodes.native.subset import tree as t


class Unit:
    """Attributes: functions: by index, the given ones first; polls: do loops and calls look for interrupts and for the
    end of the stack?
    """

    def __init__(self, functions: Iterable[Function], *, polls: bool = True) -> None:
        """Raises SourceError for what is outside the subset in any of them."""
        self.polls = polls
        self._indices: dict[t.Callable, int] = {}
        self.functions: list[Function] = []
        waiting = list(functions)
        while waiting:
            function = waiting.pop(0)
            if function not in self._indices:
                self._indices[function] = len(self.functions)
                self.functions.append(function)
                waiting += [callee for callee in function.checked.callees if isinstance(callee, Function)]
        aliases = dict.fromkeys(name for function in self.functions for name in function.checked.aliases)
        self._aliases = {name: number for number, name in enumerate(aliases)}

    def graph(self, index: int) -> Graph:
        """A function's graph, as it is written."""
        function = self.functions[index]
        empty = new_graph(function.checked, function.name, index)
        return Builder(function.checked, empty, self._indices, self._aliases, self.polls).build()

    @cached_property
    def text(self) -> str:
        """All graphs, and what else code follows from."""
        sizes = [function.size for function in self.functions]
        return "\n".join([repr(sizes), *(format_graph(self.graph(index)) for index in range(len(self.functions)))])
