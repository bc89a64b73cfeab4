"""Graphs, schedules and compilations as pictures and tables in a notebook:

    %load_ext seaofnodes.viz.notebook

Afterwards a cell whose value is one of them shows it; a graph too large for a notebook as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from seaofnodes.backend.schedule import Schedule
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.records.snapshot import GraphSnapshot
from seaofnodes.ir.text import format_graph
from seaofnodes.names import printable
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.layout.svg import graph_to_svg, schedule_to_svg
from seaofnodes.viz.listing import format_code
from seaofnodes.viz.schedule import format_schedule

MAX_NODES: Final = 5000  # more make a notebook slow: some megabytes of SVG, and seconds


def graph_svg(graph: Graph) -> str | None:
    """The graph's blocks as SVG; None where there are more than MAX_NODES nodes."""
    return graph_to_svg(graph) if len(graph.reachable()) <= MAX_NODES else None


def schedule_svg(schedule: Schedule) -> str | None:
    """The schedule as SVG; None where there are more than MAX_NODES nodes."""
    return schedule_to_svg(schedule) if len(schedule.block_of) <= MAX_NODES else None


def compilation_html(compilation: Compilation) -> str:
    """Phases, rules, remarks, and (folded) the last graph, the schedule and the machine code."""
    graph, schedule = compilation.graph, compilation.backend.schedule
    small = len(schedule.block_of) <= MAX_NODES
    picture = graph_to_svg(graph, compilation.unit.function_name, schedule) if small else None
    phases = [
        (phase.record.name, f"{phase.record.seconds * 1e3:.2f}", f"{phase.record.nodes_after:,}")
        for phase in compilation.phases
    ]
    fired = sorted(((count.fired, name) for name, count in compilation.rules.items() if count.fired), reverse=True)
    remarks = "".join(f"<li>{escape(printable(str(remark), 1000))}</li>" for remark in compilation.remarks)
    return "".join(
        [
            f"<h4>{escape(printable(compilation.name))}: {compilation.code.code_size:,} bytes of code, ",
            f"compiled in {compilation.seconds * 1e3:.1f} ms</h4>",
            _table(("phase", "ms", "nodes"), phases),
            _table(("rule", "fired"), [(name, f"{count:,}") for count, name in fired]) if fired else "",
            f"<ul>{remarks}</ul>" if remarks else "",
            _folded("graph", picture, format_graph(graph)),
            _folded("schedule", schedule_svg(schedule), format_schedule(schedule)),
            _folded("machine code", None, format_code(compilation.code, compilation.unit)),
        ]
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"<tr>{''.join(f'<td>{escape(printable(cell))}</td>' for cell in row)}</tr>" for row in rows]
    return f"<table><tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>{''.join(lines)}</table>"


def _folded(title: str, picture: str | None, text: str) -> str:
    return f"<details><summary>{title}</summary>{picture or f'<pre>{escape(text)}</pre>'}</details>"


def load_ipython_extension(ipython: Any) -> None:
    """What `%load_ext` calls, with the running IPython."""
    formatters = ipython.display_formatter.formatters
    formatters["image/svg+xml"].for_type(Graph, graph_svg)
    formatters["image/svg+xml"].for_type(Schedule, schedule_svg)
    formatters["text/html"].for_type(Compilation, compilation_html)
    plain = formatters["text/plain"]
    for graph_type in (Graph, GraphSnapshot):
        plain.for_type(graph_type, lambda graph, printer, cycle: printer.text(format_graph(graph)))
    plain.for_type(Schedule, lambda schedule, printer, cycle: printer.text(format_schedule(schedule)))


def unload_ipython_extension(ipython: Any) -> None:
    """What `%unload_ext` calls."""
    formatters = ipython.display_formatter.formatters
    for kind, types in {
        "image/svg+xml": (Graph, Schedule),
        "text/html": (Compilation,),
        "text/plain": (Graph, GraphSnapshot, Schedule),
    }.items():
        for shown in types:
            formatters[kind].pop(shown, None)
