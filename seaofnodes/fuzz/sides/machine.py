"""What runs modules: the interpreter, graphs under evaluation, an engine, another engine; see oracle.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from seaofnodes.fuzz.sides.engines import Compiled, Interpreted
from seaofnodes.fuzz.sides.host import Host
from seaofnodes.fuzz.variant import Variant
from seaofnodes.wasm.module import Module

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline


class Machine(Protocol):
    """An instance. What fails raises Trap, WasmException, HostError, or OutOfSteps and TimeLimitError when it takes too
    long.
    """

    def call(self, export: str, arguments: tuple[int, ...]) -> list[int]:
        """Call a function with bit patterns; gives those of the results."""

    def memory(self, export: str) -> bytes:
        """The contents of an exported memory."""

    def global_bits(self, export: str) -> int:
        """An exported global."""


def start(module: Module, variant: Variant, host: Host, pipeline: Pipeline) -> Machine:
    """Instantiate a module; the pipeline is the variant's, parsed. Raises what the start function raises."""
    if variant.kind == "interpreter":
        return Interpreted(module, host)
    if variant.kind == "evaluator":
        from seaofnodes.fuzz.sides.evaluated import Evaluated

        return Evaluated(module, variant, host, pipeline)
    if variant.kind == "wasmtime":
        from seaofnodes.fuzz.sides.peer import Peer

        return Peer(module, host)
    return Compiled(module, variant, host, pipeline)
