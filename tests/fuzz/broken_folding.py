"""Folds remainders as if they took the sign of the divisor, as Python's do."""

from __future__ import annotations

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.passes.rules import folding

right = folding.fold


def fold(graph: Graph, node: Node) -> Node | None:
    if node.op.name == "Int32Mod":
        return graph.int32(node.inputs[0].op.parameters % node.inputs[1].op.parameters)
    return right(graph, node)


folding.fold = fold
