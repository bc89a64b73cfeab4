"""Passes that go wrong, each in its way; and what breaks the compiler outside of passes."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops.machine import INT32_SUB
from seaofnodes.passes.base import Pass, PassContext, PassResult


@dataclass(frozen=True)
class Subtract(Pass):
    """Subtracts where it should add."""

    name = "subtract"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        changes = 0
        for node in graph.reachable():
            if node.op.name == "Int32Add":
                graph.replace(node, graph.node(INT32_SUB, *node.inputs))
                changes += 1
        return PassResult(changes > 0)


@dataclass(frozen=True)
class Crash(Pass):
    """Ends the process where there is an addition."""

    name = "crash"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        if any(node.op.name == "Int32Add" for node in graph.reachable()):
            os.kill(os.getpid(), signal.SIGSEGV)
        return PassResult(False)


@dataclass(frozen=True)
class Sleep(Pass):
    """Never ends."""

    name = "sleep"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        time.sleep(600)
        return PassResult(False)
