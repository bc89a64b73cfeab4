"""Frame states: their values are trees that are shared among states."""

from __future__ import annotations

from itertools import pairwise

import pytest

from seaofnodes.ir.builder import FrameStates, GraphBuilder
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.types import FLOAT64, WORD32, WORD64
from seaofnodes.ir.verify import VerificationError, verify
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.lift.function import lift
from tests.support import wat


def info(values: list[Node], offset: int = 0, stack: int = 0) -> common.FrameInfo:
    types = tuple(value.type for value in values)
    return common.FrameInfo(0, offset, "before", len(types) - stack, stack, types)


def with_states(count: int, states: int) -> tuple[Graph, FrameStates, list[list[Node]], list[Node]]:
    """A graph with states of `count` values, of which each differs from the one before in one value."""
    graph = Graph("f", [WORD64, WORD32], [WORD32])
    b = GraphBuilder(graph)
    made = FrameStates(graph)
    values: list[Node] = [graph.int32(i) if i % 3 else graph.float64(i) for i in range(count)]
    expected, nodes = [], []
    for number in range(states):
        values[number % count] = b.parameter(0)
        expected.append(list(values))
        nodes.append(made.make(info(values, number), values))
        b.op(common.CHECKPOINT, frame_state=nodes[-1])
    b.return_(b.parameter(0))
    return graph, made, expected, nodes


@pytest.mark.parametrize("count", [0, 1, 8, 9, 16, 17, 24, 25, 64, 65, 200, 513])
def test_values_in_order(count: int) -> None:
    graph, _, expected, nodes = with_states(count, min(count, 5))
    verify(graph)
    assert [common.values_of(node) for node in nodes] == expected
    text = format_graph(graph)
    again = parse_graph(text)
    verify(again)
    assert format_graph(again) == text


def test_edges_do_not_grow_with_the_square() -> None:
    """A state for each of n changes of n values: n * log n edges."""
    edges = [with_states(count, count)[1].edges for count in (64, 128, 256, 512)]
    assert edges[3] < 512 * 8 * 4
    assert all(more < 2.5 * less for less, more in pairwise(edges))


def test_values_of_other_types() -> None:
    graph, _, _, nodes = with_states(30, 1)
    wrong = common.FrameInfo(0, 0, "before", 30, 0, (FLOAT64,) * 30, inputs=nodes[0].op.signature)
    nodes[0].op = common.frame_state(wrong)
    with pytest.raises(VerificationError, match="not of its types"):
        verify(graph)


def test_frame_state_of_no_known_kind() -> None:
    with pytest.raises(ValueError, match="no such frame state"):
        common.FrameInfo(0, 0, "before", 0, 0, (), kind="optimized")


def test_states_of_a_function_share_their_values() -> None:
    """Its 100 locals change seldom: what most checkpoints add is their own node."""
    locals = " ".join(f"(local $x{i} i32)" for i in range(100))
    sets = " ".join(f"(local.set $x{i} (i32.load (local.get 0)))" for i in range(100))
    uses = " ".join(f"(i32.store (local.get 0) (local.get $x{i}))" for i in range(100))
    module = decode_module(wat(f"(module (memory 1) (func (param i32) {locals} {sets} {uses}))"))
    graph = lift(module, 0, checkpoints=True)
    states = [node for node in graph.reachable() if node.op.is_frame_state]
    assert len(states) == 200
    inputs = sum(len(node.inputs) for node in graph.reachable() if node.op.is_frame_state or node.op.is_state_values)
    assert inputs < 30 * len(states)
