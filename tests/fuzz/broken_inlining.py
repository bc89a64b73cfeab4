"""Inlining as it once was: loops that it makes endless go, and with them the arms that lead there."""

from __future__ import annotations

from unittest.mock import patch

from seaofnodes.ir import graph as graphs
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import PassContext, PassResult
from seaofnodes.passes.inlining.inline import Inliner

right = Inliner.run


def run(self: Inliner, graph: Graph, context: PassContext) -> PassResult:
    with patch.object(graphs, "terminate_endless_loops", lambda start, live, terminate: False):
        return right(self, graph, context)


Inliner.run = run  # type: ignore[method-assign]
