"""Graphs as text, renumbered, for tests that show what a pass makes of what."""

from __future__ import annotations

import textwrap

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.text import parse_graph
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import PassContext, PassResult
from seaofnodes.passes.framework.pipeline import Pipeline, make_pass
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.testing import canonical_text
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.lift.function import lift
from tests.support import wat


def canonical(graph: Graph) -> str:
    """The graph's text without the head, numbered in the order of appearance of the definitions."""
    return "\n".join(canonical_text(graph).splitlines()[1:])


def parsed(text: str, head: str) -> Graph:
    """A graph from an indented block of text."""
    graph = parse_graph(f"graph $test {head} function 0\n{textwrap.dedent(text).strip()}\n")
    verify(graph)
    return graph


def apply(graph: Graph, name: str, **options: str) -> PassResult:
    """Run one pass by name, and verify."""
    pass_ = make_pass(PassRegistry().find(name), options)
    context = PassContext()
    context.phase = name
    result = pass_.run(graph, context)
    graph.trim()
    verify(graph, name)
    return result


def lifted(text: str, pipeline: str = "", index: int = 0) -> Graph:
    """The graph of a function of a module in the text format, after a pipeline."""
    module = decode_module(wat(text))
    graph = lift(module, module.imported_functions + index)
    Pipeline.parse(pipeline).run(graph, verify=True)
    return graph


def count(graph: Graph, name: str) -> int:
    """How many nodes with an operator of that name are reachable?"""
    return sum(node.op.name == name for node in graph.reachable())


def operators(graph: Graph, *names: str) -> list[str]:
    """The operators in use, without constants and parameters; or those of the given names only."""
    found = [node.op for node in graph.reachable()]
    plain = ("Start", "End", "Return", "Parameter", "StackCheck")
    if names:
        return sorted(repr(op) for op in found if op.name in names)
    return sorted(repr(op) for op in found if op.name not in plain and not op.name.endswith("Constant"))
