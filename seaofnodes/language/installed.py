"""Graphs as callables: built by hand, or read from text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from seaofnodes.backend.code import DeoptExit
from seaofnodes.backend.compile import compile_graph
from seaofnodes.errors import Error
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.types import WORD64
from seaofnodes.ir.verify import verify
from seaofnodes.language.language import Frame, FunctionInfo, Value
from seaofnodes.language.leaving import deopt_event, leave_with
from seaofnodes.language.machine import Functions, Names
from seaofnodes.language.values import from_bits
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.entry.signatures import Signature

if TYPE_CHECKING:
    from seaofnodes.runtime.leaving.deoptimizer import Values
    from seaofnodes.runtime.process.native import NativeBuffer
    from seaofnodes.runtime.runtime import Runtime

Resume = Callable[[Frame], Sequence[Value]]


class InstalledGraph:
    """Machine code of a graph, to be called with ints (Word32, Word64; signed results) and floats.

    One result is given as it is, several as a tuple, none as None. Raises TypeError or OverflowError for unsuitable
    arguments, Trap, and what `resume` raised. Attributes: graph; code.
    """

    def __init__(self, runtime: Runtime, graph: Graph, resume: Resume | None) -> None:
        verify(graph)
        if graph.parameters[:1] != (WORD64,) or graph.osr_offset >= 0:
            raise Error(f"graph ${graph.name}: the first parameter is the address of the instance, a Word64")
        self.graph = graph
        self._runtime = runtime
        self._resume = resume
        self._info = FunctionInfo(graph.name, graph.parameters[1:], graph.results, 0)
        self._kind = Signature(graph.parameters[1:], graph.results)
        check_free(graph, resume is not None)
        self._index = max(graph.function_index, 0)
        number = self._index + 1
        self._functions = Functions(runtime, self, Names([graph.name] * number), [self._kind] * number, self._no_code)
        made = runtime.tiers.compile_within_limit(lambda: compile_graph(graph, embedder_data=None))
        self.code: CodeObject = self._functions.install(made)
        self._functions.enter_at(self._index, self.code)

    def __call__(self, *arguments: Value) -> object:
        slot = self._functions.slots + 8 * self._index
        found = self._runtime.entry.exclusively(
            lambda: self._functions.call(slot, self._kind, arguments, self.graph.name)
        )
        return found[0] if len(found) == 1 else found or None

    def _no_code(self, function: int, arguments: tuple[Value, ...]) -> Sequence[Value]:
        raise Error(f"graph ${self.graph.name} calls function {function}, which is not there")

    def deoptimize(
        self, found: CodeObject, exit: DeoptExit, values: Values, frame: int, return_address: int
    ) -> NativeBuffer:
        """Have `resume` go on; the code stays."""
        if self._runtime.tiers.observers:
            infos = [self._info] * (self._index + 1)
            self._runtime.tiers.notify(deopt_event("graph", infos, found, exit, values.frames, return_address, 0.0))
        assert self._resume is not None
        results: tuple[Value, ...] | None = None
        for described, bits in zip(exit.frames, values.frames, strict=True):
            info = described.info
            given = tuple(from_bits(word, type) for word, type in zip(bits, info.types, strict=True))
            results = tuple(self._resume(Frame(info.function_index, info.bytecode_offset, given, results)))
        assert results is not None
        return leave_with(self._runtime.space, results, self._kind, frame, self.graph.name)

    def __repr__(self) -> str:
        return f"<installed graph ${self.graph.name} {self._kind}>"


def check_free(graph: Graph, resumes: bool) -> None:
    """Raises Error for what only code of an instance may do."""
    if any(type.is_reference for type in (*graph.parameters, *graph.results)):
        raise Error(
            f"graph ${graph.name} has references among its parameters and results, which Python has no values for"
        )
    if graph.assumptions:
        raise Error(f"graph ${graph.name} depends on assumptions, which only code of a language's program may")
    for node in graph.reachable():
        op = node.op
        if (op.is_guard or op.is_deoptimize) and not resumes:
            raise Error(f"graph ${graph.name} may leave at n{node.id}, {op!r}: resume=... says how to go on")
        if op.is_parameter and not op.is_osr_value and op.parameters[0] == 0:
            for user in node.uses:
                own = user.op.is_call and user.op.parameters.function_index == graph.function_index
                if not own or user.op.is_indirect:
                    raise Error(f"graph ${graph.name}: n{user.id}, {user.op!r}, needs an instance of a module")
