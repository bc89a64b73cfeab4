"""Graphs as text, in block order; `parse_graph(format_graph(g))` is the same graph, ids included.

    graph $add (Word64, Word32, Word32) -> (Word32) function 0
    B0: Start
      n3 = Parameter[1, Word32](n0)
      n5 = Int32Add(n3, n4)  ; @0x25
      n6 = Return[1](n5, n0, n0)

A node stands in the earliest block it could be in. Inputs are in order: values, frame state, effects, controls. What
follows a `;` is a comment.
"""

from __future__ import annotations

import re

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.dialect import ParseError, format_operator, parse_operator
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common
from seaofnodes.ir.placement import nodes_by_block
from seaofnodes.ir.records.snapshot import GraphSnapshot
from seaofnodes.ir.types import TYPES, Type
from seaofnodes.names import printable


def format_graph(graph: Graph | GraphSnapshot, *, origins: bool = True) -> str:
    """The graph in block order, one node a line; with `origins`, bytecode offsets as comments.

    graph: as it is now, or as it was, such as a phase of a compilation holds it. Nodes that do not reach the end are
    left out, unless they are control that the start reaches.
    """
    if isinstance(graph, GraphSnapshot):
        graph = _graph_of(graph)
    blocks, members = nodes_by_block(graph)
    placed = {node.id for nodes in members.values() for node in nodes}
    parameters = ", ".join(t.name for t in graph.parameters)
    results = ", ".join(t.name for t in graph.results)
    lines = [f"graph ${printable(graph.name)} ({parameters}) -> ({results}) function {graph.function_index}"]
    if graph.osr_offset >= 0:
        lines[0] += f" osr {graph.osr_offset:#x}"
    for block in blocks:
        lines.append(_block_head(block))
        lines += [f"  {format_node(node, origins=origins)}" for node in members[block]]
    rest = [node for node in graph.reachable() if node.id not in placed]
    lines += [f"  {format_node(node, origins=origins)}" for node in rest if node is not graph.end]
    lines.append(f"  {format_node(graph.end, origins=False)}")
    return "\n".join(lines) + "\n"


def _block_head(block: Block) -> str:
    text = f"B{block.index}:"
    facts = []
    if block.predecessors:
        facts.append("from " + ", ".join(map(repr, block.predecessors)))
    if block.successors:
        facts.append("to " + ", ".join(map(repr, block.successors)))
    if block.is_loop_header:
        facts.append(f"loop, depth {block.loop_depth}")
    if block.deferred:
        facts.append("deferred")
    return f"{text}  ; {'; '.join(facts)}" if facts else text


def format_node(node: Node, *, origins: bool = True) -> str:
    """One node: `n5 = Int32Add(n3, n4)`."""
    inputs = ", ".join(f"n{child.id}" for child in node.inputs)
    text = f"n{node.id} = {format_operator(node.op)}({inputs})"
    if origins and node.origin.bytecode_offset >= 0:
        text += f"  ; @{node.origin.bytecode_offset:#x}"
        if node.origin.inlining >= 0:
            text += f" inlined {node.origin.inlining}"
    return text


_HEAD = re.compile(r"graph \$(.*) \((.*)\) -> \((.*)\) function (-?\d+)(?: osr (0x[0-9a-f]+))?$")
_NODE = re.compile(r"n(\d+) = (\w+(?:\[.*\])?)\(([n\d, ]*)\)$")


def parse_graph(text: str) -> Graph:
    """The graph of a text in the form that `format_graph` writes. Raises ParseError with the line."""
    graph: Graph | None = None
    nodes: dict[int, Node] = {}
    wanted: list[tuple[Node, list[int], int]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("  ;")[0].strip()
        if not line or line.startswith(";") or re.fullmatch(r"B\d+:.*", line):
            continue
        head = _HEAD.match(line)
        if head is not None:
            name, parameters, results, function, osr = head.groups()
            try:
                graph = Graph(name, _types(parameters), _types(results), int(function))
                graph.osr_offset = int(osr, 16) if osr else -1
            except KeyError as error:
                raise ParseError(f"line {number}: unknown type {error}") from None
            continue
        match = _NODE.match(line)
        if graph is None or match is None:
            raise ParseError(f"line {number}: expected {'a node' if graph else 'a graph head'}, found {line!r}")
        try:
            id, op = int(match[1]), parse_operator(match[2])
        except ParseError as error:
            raise ParseError(f"line {number}: {error}") from None
        if id in nodes:
            raise ParseError(f"line {number}: n{id} is defined twice")
        inputs = [int(part.strip()[1:]) for part in match[3].split(",") if part.strip()]
        if op.input_count != len(inputs):
            raise ParseError(f"line {number}: {op!r} takes {op.input_count} inputs, not {len(inputs)}")
        node = Node(id, op, (), op.type, _origin(raw), graph.edits)
        nodes[id] = node
        wanted.append((node, inputs, number))
    if graph is None:
        raise ParseError("no graph")
    for node, inputs, number in wanted:
        for id in inputs:
            if id not in nodes:
                raise ParseError(f"line {number}: n{id} is not defined")
            node.append_input(nodes[id])
    return _finish(graph, nodes)


def _graph_of(taken: GraphSnapshot) -> Graph:
    graph = Graph(taken.name, taken.parameters, taken.results, taken.function_index)
    graph.osr_offset = taken.osr_offset
    graph.inlinings = list(taken.inlinings)
    nodes = {one.id: Node(one.id, one.op, (), one.op.type, one.origin, graph.edits) for one in taken.nodes}
    for one in taken.nodes:
        for id in one.inputs:
            nodes[one.id].append_input(nodes[id])
    return _finish(graph, nodes)


def _finish(graph: Graph, nodes: dict[int, Node]) -> Graph:
    starts = [node for node in nodes.values() if node.op is common.START]
    ends = [node for node in nodes.values() if node.op.is_end]
    if len(starts) != 1 or len(ends) != 1:
        raise ParseError("a graph has one Start and one End")
    graph.start, graph.end = starts[0], ends[0]
    graph.next_id = max(nodes) + 1
    for node in nodes.values():
        graph.adopt(node)
    return graph


def _types(text: str) -> list[Type]:
    return [TYPES[part.strip()] for part in text.split(",") if part.strip()]


def _origin(line: str) -> Origin:
    match = re.search(r"; @(0x[0-9a-f]+)(?: inlined (\d+))?", line)
    return Origin() if match is None else Origin(int(match[1], 16), int(match[2]) if match[2] else -1)
