"""Where Graphviz would put the nodes of the free sea: computed once, when the page is made, as far as time allows.

Boxes are as wide as `app/sea.js` makes them with its usual filters (constants in their users, no frame states); for any
other picture the page has a layout of its own.
"""

from __future__ import annotations

import subprocess
import time
from typing import Any, Final

from seaofnodes.ir.dialect import format_operator
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.records.snapshot import GraphSnapshot, NodeSnapshot
from seaofnodes.ir.types import NONE
from seaofnodes.runtime.code.code_object import FunctionNames
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.dot import find_dot
from seaofnodes.viz.viewer.labels import label

_MOST_NODES: Final = 1200  # of a graph: dot takes longer than linear time
_CHAR: Final = 6.65  # pixels, as in sea.js; so are the others
_MARGIN: Final = 22
_HEIGHT: Final = 26
_MOST_TEXT: Final = 40
_SHORT: Final = {"Word32": 3, "Word64": 3, "Float32": 3, "Float64": 3, "Reference": 3}


def sea_positions(compilation: Compilation, seconds: float) -> dict[int, dict[str, Any]]:
    """By the index of a graph's first phase: {"height", "nodes": [id, x of the centre, y of the top]}, in pixels.
    The last graph first, then the others from the first on; what takes longer, and all where there is no dot, is left
    out.
    """
    dot = find_dot()
    end = time.monotonic() + seconds
    graphs: dict[int, tuple[int, GraphSnapshot]] = {}  # by identity: unchanged phases share them
    for index, phase in enumerate(compilation.phases):
        graphs.setdefault(id(phase.graph), (index, phase.graph))
    *others, last = graphs.values()
    found: dict[int, dict[str, Any]] = {}
    for index, graph in (last, *others):
        left = end - time.monotonic()
        if dot is not None and graph.size <= _MOST_NODES and left > 0:
            made = _draw(dot, graph, compilation.unit, left)
            if made is not None:
                found[index] = made
    return found


def _draw(dot: str, graph: GraphSnapshot, names: FunctionNames, seconds: float) -> dict[str, Any] | None:
    source, pipe = _source(graph, names), subprocess.PIPE
    try:
        done = subprocess.run(
            [dot, "-Tplain"], input=source, stdout=pipe, encoding="utf-8", timeout=seconds, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None  # the page lays it out by itself
    nodes, height = [], 0.0
    for line in done.stdout.splitlines():
        words = line.split(" ")
        if words[0] == "graph":
            height = float(words[3]) * 72
        elif words[0] == "node":
            x, y = float(words[2]) * 72, height - float(words[3]) * 72
            nodes.append([int(words[1]), round(x), round(y - _HEIGHT / 2)])
    return {"height": round(height), "nodes": nodes}


def _is_of_frames(op: Operator) -> bool:
    return op.is_frame_state or op.is_state_values or op.is_checkpoint


def _source(graph: GraphSnapshot, names: FunctionNames) -> str:
    known = {node.id: node for node in graph.nodes}
    shown = {node.id for node in graph.nodes if not (_inlined(node) or _is_of_frames(node.op))}
    lines = ["digraph { splines=false nodesep=0.22 ranksep=0.55", 'node [shape=box fixedsize=true label=""]']
    for node in graph.nodes:
        if node.id not in shown:
            continue
        width = _width(node, known, names) / 72
        lines.append(f"{node.id} [width={width:.2f} height={_HEIGHT / 72:.2f}]")
        header = known.get(node.inputs[-1]) if node.op.is_phi else node
        loop = header is not None and header.op.is_loop
        for index, child in enumerate(node.inputs):
            if child in shown:
                back = loop and index > 0 and not (node is not header and index == len(node.inputs) - 1)
                weight = 3 if node.kind_of(index) == "control" else 1
                lines.append(f"{child} -> {node.id} [{'constraint=false' if back else f'weight={weight}'}]")
    return "\n".join([*lines, "}"])


def _inlined(node: NodeSnapshot) -> bool:
    """Stands in its users."""
    return node.op.is_constant and not node.inputs


def _width(node: NodeSnapshot, known: dict[int, NodeSnapshot], names: FunctionNames) -> float:
    op = node.op
    length = len(label(op, names))
    for child in node.inputs:
        if child in known and _inlined(known[child]):
            constant = known[child].op
            length += 2 + max(len(format_operator(constant)) - len(constant.name) - 2, 0)
    type_ = 0 if op.type is NONE else 1 + _SHORT.get(op.type.name, len(op.type.name))
    return (len(f"n{node.id}") + min(length, _MOST_TEXT) + 1 + type_) * _CHAR + _MARGIN
