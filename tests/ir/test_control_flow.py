"""Blocks, dominators and loops, checked against networkx."""

from __future__ import annotations

from pathlib import Path

import networkx
import pytest

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.text import load
from tests.wasm.random_wat import random_module


def check(control_flow: ControlFlow) -> None:
    blocks = control_flow.blocks
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(len(blocks)))
    graph.add_edges_from((b.index, s.index) for b in blocks for s in b.successors)
    dominators = networkx.immediate_dominators(graph, 0)
    for block in blocks:
        expected = dominators.get(block.index)
        if block.dominator is not None:
            assert block.dominator.index == expected
        for successor in block.successors:
            assert block in successor.predecessors
            back = successor.index <= block.index
            assert not back or (successor.is_loop_header and successor.dominates(block))
    for header in filter(lambda b: b.is_loop_header, blocks):
        _check_loop(graph, header, blocks)


def _check_loop(graph: networkx.DiGraph, header: Block, blocks: list[Block]) -> None:
    """A loop's blocks are those that reach a back edge without passing the header."""
    without = graph.copy()
    without.remove_node(header.index)
    expected = {header.index}
    for latch in header.predecessors[1:]:
        if latch is not header:
            expected |= networkx.ancestors(without, latch.index) | {latch.index}
    expected = {i for i in expected if header.dominates(blocks[i])}

    def inside(block: Block) -> bool:
        loop = block.loop
        while loop is not None:
            if loop is header:
                return True
            loop = loop.predecessors[0].loop
        return False

    assert {block.index for block in blocks if inside(block)} == expected


@pytest.mark.parametrize("seed", range(40))
def test_random_functions(seed: int) -> None:
    from seaofnodes.wasm import decode_module
    from tests.support import wat

    module = decode_module(wat(random_module(seed)))
    for index in range(module.imported_functions, len(module.functions)):
        check(ControlFlow(lift(module, index)))


def test_kernels(shared: Path) -> None:
    for name in ("interpreter", "quicksort", "nbody", "string_search"):
        module = load(shared / "bench" / "kernels" / f"{name}.wat")
        for index in range(len(module.functions)):
            check(ControlFlow(lift(module, index)))
