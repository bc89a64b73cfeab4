"""Graphs for Graphviz: a cluster a block, kinds of edges told apart by style as well as colour."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.labels import operator_label
from seaofnodes.ir.placement import early_blocks
from seaofnodes.viz.listing import printable

if TYPE_CHECKING:
    import graphviz

_EDGES = {
    "value": {"color": "#1f4e9c"},
    "frame-state": {"color": "#8a8a8a", "style": "dotted"},
    "effect": {"color": "#b35c00", "style": "dashed"},
    "control": {"color": "#202020", "penwidth": "2"},
}


def to_dot(graph: Graph) -> graphviz.Digraph:
    """The graph as a `graphviz.Digraph`; its `source` is the text, `pipe(format="svg")` draws it,
    which takes Graphviz long where there are more than some hundred nodes."""
    import graphviz

    picture = graphviz.Digraph(comment=printable(graph.name))
    picture.attr(rankdir="TB", fontname="Helvetica", nodesep="0.2", ranksep="0.35")
    picture.attr("node", shape="box", style="rounded,filled", fillcolor="white", fontname="Helvetica", fontsize="10")
    control_flow = ControlFlow(graph)
    block_of, order = early_blocks(graph, control_flow)
    for block in control_flow.blocks:
        with picture.subgraph(name=f"cluster_{block.index}") as cluster:
            cluster.attr(label=_block_label(block), style="rounded", color="#a0a0a0", fontsize="10")
            for node in order:
                if block_of[node.id] is block:
                    _add_node(cluster, node)
    _add_node(picture, graph.end)
    drawn = {node.id for node in order} | {graph.end.id}
    for node in [*order, graph.end]:
        for index, child in enumerate(node.inputs):
            if child.id in drawn:
                picture.edge(f"n{child.id}", f"n{node.id}", **_EDGES[_kind(node, index)])
    return picture


def _block_label(block: Block) -> str:
    facts = ["loop"] if block.is_loop_header else []
    facts += ["deferred"] if block.deferred else []
    return f"B{block.index}" + (f" ({', '.join(facts)})" if facts else "")


def _add_node(picture: graphviz.Digraph, node: Node) -> None:
    import graphviz

    fill = "#f4e3c8" if node.op.control_out else "#e6eefb" if node.op.pure else "#f2f2f2"
    label = graphviz.escape(f"n{node.id}  {printable(operator_label(node.op))}")
    picture.node(f"n{node.id}", label, fillcolor=fill)


def _kind(node: Node, index: int) -> str:
    op = node.op
    if index < op.value_in:
        return "value"
    if index < op.effect_index:
        return "frame-state"
    return "effect" if index < op.control_index else "control"


def find_dot() -> str | None:
    """The path of Graphviz's `dot`, or None."""
    return shutil.which("dot") or shutil.which("dot", path=Path(sys.executable).parent)  # set-up may have put it there
