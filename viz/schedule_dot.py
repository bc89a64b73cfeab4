"""Schedules as pictures: a box for each block with its nodes in order, arrows for the flow of control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaofnodes.backend.schedule import Schedule
from seaofnodes.ir.control_flow import Block
from seaofnodes.names import printable
from seaofnodes.viz.schedule import format_scheduled

if TYPE_CHECKING:
    import graphviz


def schedule_to_dot(schedule: Schedule) -> graphviz.Digraph:
    """The schedule as a `graphviz.Digraph`; deferred blocks are grey, arrows back to loop headers dashed."""
    import graphviz

    picture = graphviz.Digraph(comment=printable(schedule.graph.name))
    picture.attr(rankdir="TB", nodesep="0.3", ranksep="0.3")
    picture.attr("node", shape="box", style="rounded,filled", fillcolor="white", fontname="Courier", fontsize="10")
    for block in schedule.blocks:
        nodes = [block.header, *block.phis, *block.nodes]
        if block.control is not None:
            nodes.append(block.control)
        lines = [_title(block), *(format_scheduled(node) for node in nodes)]
        label = "".join(graphviz.escape(printable(line)) + "\\l" for line in lines)
        picture.node(f"B{block.index}", label, fillcolor="#e8e8e8" if block.deferred else "white")
        for successor in block.successors:
            back = successor.index <= block.index
            picture.edge(f"B{block.index}", f"B{successor.index}", style="dashed" if back else "solid")
    return picture


def _title(block: Block) -> str:
    facts = [f"loop, depth {block.loop_depth}"] if block.is_loop_header else []
    facts += ["deferred"] if block.deferred else []
    return f"B{block.index}" + (f"  ({'; '.join(facts)})" if facts else "")
